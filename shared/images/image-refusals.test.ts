/** What the image routes refuse, and with which code. */

import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { form, jpeg, LOGITS, photo, post, service } from './image-routes.fixture.ts';

test('a demo model is not served where trained ones are required, and the fields go on', async () => {
  const app = service({ requireTrained: true });
  const refused = await post('/retina', photo, jpeg, app);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'model-not-trained' });
  expect((await post('/predict', form({ glucose: '150' }, photo), {}, app)).status).toBe(503);
  expect((await post('/predict', form({ glucose: '150' }), {}, app)).status).toBe(200);
});

test('one picture at a time; who finds no place to wait is told when to come back', async () => {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const run = async () => {
    running += 1;
    most = Math.max(most, running);
    await opened;
    running -= 1;
    return Float32Array.from(LOGITS);
  };
  const app = service({ run });
  const answers: Promise<number>[] = [];
  let refused: Response | undefined;
  // One more each time the event loop has turned, until there is no place.
  while (refused === undefined) {
    const answer = Promise.resolve(post('/retina', photo, jpeg, app));
    answers.push(answer.then(({ status }) => status));
    answer.then((response) => {
      if (response.status === 503) refused ??= response;
    });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  open();
  expect(refused.headers.get('retry-after')).toBe('1');
  const statuses = await Promise.all(answers);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(17);
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
