/** The diabetes service in Node, as Cloud Run and the supervisor start it. */

import { readFile } from 'node:fs/promises';
import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import { createLog } from '../../shared/http/log.ts';
import { serveBox } from '../../shared/http/serve-box.ts';
import { BOX, createApp } from './app.ts';

const MODEL = new URL('./models/diabetes.xgboost.json', import.meta.url);

const env = readBoxEnvironment(process.env);
const log = createLog(BOX);
const app = createApp({ servedBy: 'function', loadModelText: () => readFile(MODEL, 'utf8'), log });
if (env.PILLBOX_IMAGE_MODELS) {
  const { addRetina } = await import('./image-retina.ts');
  addRetina(app, env, log);
}
await serveBox(app, { port: env.PORT, log });
