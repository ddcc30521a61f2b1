/** The heart service in Node, as Cloud Run and the supervisor start it. */

import { startModelBox } from '../../shared/models/start-model-box.ts';
import { BOX, CARDS, createApp, IMAGE_CARDS } from './app.ts';
import config from './function.json' with { type: 'json' };

await startModelBox({
  box: BOX,
  budget: config.budget,
  createApp,
  cards: CARDS,
  imageCards: IMAGE_CARDS,
  imagePath: '/ecg',
  modelsFolder: new URL('./models/', import.meta.url),
});
