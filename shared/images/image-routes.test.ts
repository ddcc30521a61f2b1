import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createBoxApp } from '../http/box-app.ts';
import { type ImageCard, parseImageCard } from '../models/image-card.ts';
import { createVersionChoice } from '../models/version-choice.ts';
import { createImageHandlers } from './image-handlers.ts';
import { addImageRoutes } from './image-routes.ts';

const ROOT = join(import.meta.dirname, '../..');
const card = parseImageCard(
  JSON.parse(readFileSync(join(ROOT, 'functions/diabetes/models/retina.card.json'), 'utf8')),
);
const photo = readFileSync(join(ROOT, 'test/fixtures/images/photo.jpg'));
const jpeg = { 'content-type': 'image/jpeg' };
/** So that softmax gives no retinopathy a half, and the four grades an eighth each. */
const LOGITS = [Math.log(4), 0, 0, 0, 0];

interface Service {
  readonly more?: readonly ImageCard[];
  readonly requireTrained?: boolean;
  readonly run?: (input: Float32Array) => Promise<Float32Array>;
  readonly log?: (severity: string, message: string, fields?: object) => void;
}

function service({
  more = [],
  requireTrained = false,
  run = async () => Float32Array.from(LOGITS),
  log = () => {},
}: Service = {}) {
  const app = createBoxApp({ box: 'diabetes', log });
  app.post('/tabular', async (c) => {
    const body = await c.req.json();
    if (c.req.query('version') !== undefined) return c.json({ probability: 0.1 });
    return body.glucose === undefined ? c.json({ code: 'input-invalid' }, 422) : c.json({ probability: 0.9 });
  });
  const open = async () => ({ run, release: async () => {} });
  const versions = async () => createVersionChoice([card, ...more]);
  const load = async () => createImageHandlers({ app, versions, requireTrained, open });
  addImageRoutes(app, { path: '/retina', load });
  return app;
}

const post = (path: string, body: BodyInit, headers: HeadersInit = {}, app = service()) =>
  app.request(path, { method: 'POST', body, headers });

function form(fields: Readonly<Record<string, string>>, image?: Uint8Array): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (image !== undefined) data.append('image', new Blob([Uint8Array.from(image)]), 'eye.jpg');
  return data;
}

test('a picture is answered with the probability of disease, not that of the winning class', async () => {
  const response = await post('/retina', photo, jpeg);
  expect(response.status).toBe(200);
  expect(response.headers.get('server-timing')).toMatch(/decode;dur=.*load;dur=.*run;dur=/);
  expect(await response.json()).toMatchObject({
    model: { name: 'diabetes-retina', version: card.version, sha256: card.sha256.slice(0, 12), demo: true },
    probability: 0.5,
    prediction: 'no retinopathy',
    risk: { level: 'high', from: 0.5, below: 1 },
    image: { width: 430, height: 390 },
    demoNotice: expect.stringContaining('not trained'),
    notice: expect.stringContaining('not a diagnosis'),
  });
});

test('raw bytes, a form and JSON give the same answer', async () => {
  const raw = await (await post('/retina', photo, { 'content-type': 'application/octet-stream' })).json();
  const formed = await (await post('/retina', form({}, photo))).json();
  const body = JSON.stringify({ image: photo.toString('base64') });
  const json = await (await post('/predict', body, { 'content-type': 'application/json' })).json();
  expect(formed).toEqual(raw);
  expect(json).toEqual({ image: raw });
});

test('fields and picture are fused as the card says', async () => {
  const { tabular, image, fused } = await (await post('/predict', form({ glucose: '150' }, photo))).json();
  expect(tabular.probability).toBe(0.9);
  expect(image.probability).toBe(0.5);
  expect(fused).toMatchObject({
    probability: 0.74,
    weights: { tabular: 0.6, image: 0.4 },
    risk: { level: 'high', from: 0.5, below: 1 },
  });
  const json = JSON.stringify({ tabular: { glucose: 150 }, image: photo.toString('base64') });
  const same = await (await post('/predict', json, { 'content-type': 'application/json' })).json();
  expect(same.fused).toEqual(fused);
});

test('fields alone are answered without a picture, and wrong ones as by their own path', async () => {
  const alone = await (await post('/predict', form({ tabular: '{"glucose":150}' }))).json();
  expect(alone).toEqual({ tabular: { probability: 0.9 } });
  expect((await post('/predict', form({ weight: '80' }, photo))).status).toBe(422);
});

test('an explanation shows where the model looked', async () => {
  // Disease is what the upper left corner holds: red there, against its mean of 0.
  const run = async (input: Float32Array) => Float32Array.from([0, input[10 * 224 + 10] ?? 0, 0, 0, 0]);
  const app = service({ run });
  const blank = { width: 300, height: 300, channels: 3, background: '#f00' } as const;
  const red = await sharp({ create: blank }).png().toBuffer();
  const answer = await (await post('/retina?explain=true', red, { 'content-type': 'image/png' }, app)).json();
  const cells: number[][] = answer.explanation.cells;
  expect(cells.map((row) => row.length)).toEqual(Array(7).fill(7));
  expect(cells[0]?.[0]).toBeGreaterThan(0.05);
  expect(
    cells
      .flat()
      .slice(1)
      .every((effect) => effect === 0),
  ).toBe(true);
  const accept = { 'content-type': 'image/png', accept: 'image/png' };
  const png = await post('/retina?explain=true', red, accept, app);
  expect(png.headers.get('pillbox-model')).toContain('demo=true');
  const { width, height, format } = await sharp(await png.arrayBuffer()).metadata();
  expect({ width, height, format }).toEqual({ width: 224, height: 224, format: 'png' });
});

test('a demo model is not served where trained ones are required, and the fields go on', async () => {
  const app = service({ requireTrained: true });
  const refused = await post('/retina', photo, jpeg, app);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'model-not-trained' });
  expect((await post('/predict', form({ glucose: '150' }, photo), {}, app)).status).toBe(503);
  expect((await post('/predict', form({ glucose: '150' }), {}, app)).status).toBe(200);
});

test('one picture at a time; who finds no room is told when to come back', async () => {
  let running = 0;
  let most = 0;
  const run = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running -= 1;
    return Float32Array.from(LOGITS);
  };
  const app = service({ run });
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('/retina', photo, jpeg, app)));
  const refused = answers.filter((answer) => answer.status === 503);
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(17);
  expect(refused).toHaveLength(3);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(most).toBe(1);
});

test.each([
  ['21 MiB', '/retina', new Uint8Array(21 * 1024 * 1024), jpeg, 413, 'body-too-large'],
  [
    '7 MiB of JSON',
    '/predict',
    new Uint8Array(7 * 1024 * 1024),
    { 'content-type': 'application/json' },
    413,
    'body-too-large',
  ],
  ['nothing', '/retina', new Uint8Array(), jpeg, 422, 'image-empty'],
  ['text', '/retina', 'hello', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
  ['no picture', '/retina', form({}), {}, 422, 'input-invalid'],
  ['fields', '/retina', form({ glucose: '1' }, photo), {}, 422, 'input-invalid'],
  [
    'two pictures',
    '/retina',
    (() => {
      const two = form({}, photo);
      two.append('image', 'again');
      return two;
    })(),
    {},
    422,
    'input-invalid',
  ],
  ['an empty object', '/predict', '{}', { 'content-type': 'application/json' }, 422, 'input-invalid'],
  ['no base64', '/predict', '{"image":"***"}', { 'content-type': 'application/json' }, 422, 'input-invalid'],
  ['half of JSON', '/predict', '{"image":', { 'content-type': 'application/json' }, 400, 'not-json'],
  [
    'a batch',
    '/predict',
    '{"tabular":{"rows":[{}]}}',
    { 'content-type': 'application/json' },
    422,
    'input-invalid',
  ],
  ['a wrong query', '/retina?explain=1', photo, jpeg, 400, 'query-invalid'],
] as const)('%s is refused', async (_name, path, body, headers, status, code) => {
  const response = await post(path, body, headers);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect((await response.json()).code).toBe(code);
});

test('a version is asked for by name; another is 404 and names those there are', async () => {
  const app = service({ more: [{ ...card, version: '2.0.0', traffic: 0 }] });
  const versionAt = async (path: string) => (await (await post(path, photo, jpeg, app)).json()).model.version;
  expect(await versionAt('/retina?version=2.0.0')).toBe('2.0.0');
  expect(await versionAt('/retina')).toBe(card.version);
  for (const path of ['/retina', '/predict']) {
    const refused = await post(`${path}?version=3.0.0`, photo, jpeg, app);
    expect(refused.status).toBe(404);
    expect(await refused.json()).toMatchObject({
      code: 'no-such-version',
      detail: `diabetes-retina has the versions ${card.version}, 2.0.0`,
    });
  }
});

test('/predict takes a version for each of the two models', async () => {
  const app = service({ more: [{ ...card, version: '2.0.0', traffic: 0 }] });
  const both = await post(
    '/predict?version=2.0.0&tabular_version=9',
    form({ glucose: '150' }, photo),
    {},
    app,
  );
  expect(await both.json()).toMatchObject({
    tabular: { probability: 0.1 },
    image: { model: { version: '2.0.0' } },
  });
});

test('a canary takes a share of the callers, and a caller stays with its version', async () => {
  const app = service({ more: [{ ...card, version: '2.0.0', traffic: 0.5 }] });
  const versions = new Set<string>();
  for (let caller = 0; caller < 12; caller += 1) {
    const headers = { ...jpeg, 'pillbox-caller': `caller ${caller}` };
    const [first, second] = [
      await post('/retina', photo, headers, app),
      await post('/retina', photo, headers, app),
    ];
    const { version } = (await first.json()).model;
    expect((await second.json()).model.version).toBe(version);
    versions.add(version);
  }
  expect([...versions].sort()).toEqual([card.version, '2.0.0'].sort());
});

test('a GET is told to be a POST', async () => {
  expect((await service().request('/retina')).headers.get('allow')).toBe('POST');
});

test('damaged bodies of all sorts are the caller’s fault, and nothing of them is logged', async () => {
  const lines: string[] = [];
  const app = service({ log: (...line) => lines.push(JSON.stringify(line)) });
  const types = fc.constantFrom(
    'image/jpeg',
    'application/json',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    '',
  );
  const damaged = fc
    .tuple(fc.nat(photo.length - 1), fc.uint8Array({ minLength: 1, maxLength: 40 }))
    .map(([at, bytes]) => Buffer.concat([photo.subarray(0, at), bytes, photo.subarray(at + bytes.length)]));
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    damaged,
    fc.json().map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('/retina', '/predict'), types, bodies, async (path, type, body) => {
      const response = await post(path, Uint8Array.from(body), { 'content-type': type }, app);
      expect(response.status).toBeLessThan(500);
    }),
    { numRuns: 200 },
  );
  expect(lines.filter((line) => line.includes('ERROR'))).toEqual([]);
});
