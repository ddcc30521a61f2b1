/** What the image routes answer: of a picture, of fields and a picture, and with an explanation. */

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { card, form, jpeg, photo, post, service } from './image-routes.fixture.ts';

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
