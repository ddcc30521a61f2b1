/** The diabetes service in Node, as Cloud Run and the supervisor start it. */

import { readFile } from 'node:fs/promises';
import { openBoxBudget } from '../../shared/box/box-budget.ts';
import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import { createLog } from '../../shared/http/log.ts';
import { serveBox } from '../../shared/http/serve-box.ts';
import { addImageRoutes } from '../../shared/images/image-routes.ts';
import { BOX, CARDS, createApp } from './app.ts';
import config from './function.json' with { type: 'json' };

const MODELS = new URL('./models/', import.meta.url);

const env = readBoxEnvironment(process.env);
const log = createLog(BOX);
const boxBudget = openBoxBudget(config.budget, env, log);
const { budget } = boxBudget;
const bucket =
  env.PILLBOX_MODELS === undefined
    ? undefined
    : await (await import('../../shared/models/bucket-models.ts')).openBucketModels(env, log);
const app = createApp({
  servedBy: 'function',
  loadModelText: (card) =>
    CARDS.includes(card) || bucket === undefined
      ? readFile(new URL(card.file, MODELS), 'utf8')
      : bucket.readText(card),
  moreCards: bucket?.tabularCards(CARDS),
  log,
  budget,
});
addImageRoutes(app, {
  path: '/retina',
  load: async () => (await import('./image-retina.ts')).openRetina(app, env, { log, bucket, budget }),
});
await serveBox(app, { port: env.PORT, log, boxBudget });
