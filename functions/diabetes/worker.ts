/** The diabetes service at the edge, with its model inside the Worker. */

import { createEdgeWorker } from '../../shared/models/edge-worker.ts';
import { BOX, createApp } from './app.ts';
// @ts-expect-error: TypeScript takes it for a JSON module; the rules in wrangler.jsonc make it one of text.
import model from './models/diabetes.xgboost.json';

export default createEdgeWorker({
  box: BOX,
  createApp,
  modelTexts: { 'diabetes.xgboost.json': model as unknown as string },
});
