/** What the tests of the image routes share: a service whose graph is a function, and bodies to send it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBoxApp } from '../http/box-app.ts';
import { type ImageCard, parseImageCard } from '../models/image-card.ts';
import { createVersionChoice } from '../models/version-choice.ts';
import { createImageHandlers } from './image-handlers.ts';
import { addImageRoutes } from './image-routes.ts';

const ROOT = join(import.meta.dirname, '../..');
export const card = parseImageCard(
  JSON.parse(readFileSync(join(ROOT, 'functions/diabetes/models/retina.card.json'), 'utf8')),
);
export const photo = readFileSync(join(ROOT, 'test/fixtures/images/photo.jpg'));
export const jpeg = { 'content-type': 'image/jpeg' };
/** So that softmax gives no retinopathy a half, and the four grades an eighth each. */
export const LOGITS = [Math.log(4), 0, 0, 0, 0];

export interface Service {
  readonly more?: readonly ImageCard[];
  readonly requireTrained?: boolean;
  readonly run?: (input: Float32Array) => Promise<Float32Array>;
  readonly log?: (severity: string, message: string, fields?: object) => void;
}

/** A service of one tabular model, which a test need not look into, and one of pictures whose graph is `run`. */
export function service({
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

export const post = (path: string, body: BodyInit, headers: HeadersInit = {}, app = service()) =>
  app.request(path, { method: 'POST', body, headers });

export function form(fields: Readonly<Record<string, string>>, image?: Uint8Array): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  if (image !== undefined) data.append('image', new Blob([Uint8Array.from(image)]), 'eye.jpg');
  return data;
}
