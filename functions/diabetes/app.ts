/** The diabetes service: the probability of diabetes from routine measurements. */

import type { BoxApp } from '../../shared/http/box-app.ts';
import { EXAMPLE_DISC } from '../../shared/models/example-pictures.ts';
import { parseImageCard } from '../../shared/models/image-card.ts';
import { type ModelCard, parseModelCard } from '../../shared/models/model-card.ts';
import { imagePaths } from '../../shared/models/openapi-images.ts';
import { createTabularApp, type TabularPlace } from '../../shared/models/tabular-service.ts';
import card from './models/diabetes.card.json' with { type: 'json' };
import imageCard from './models/retina.card.json' with { type: 'json' };

export const BOX = 'diabetes';
/** All versions that come with the code. */
export const CARDS: readonly ModelCard[] = [card].map(parseModelCard);
/** The same of the image model, unchecked. */
export const IMAGE_CARDS: readonly unknown[] = [imageCard];

const OPEN_API_PATHS = imagePaths({
  path: '/retina',
  card: parseImageCard(imageCard),
  tabularCard: parseModelCard(card),
  examplePicture: EXAMPLE_DISC,
});

export function createApp(place: TabularPlace): BoxApp {
  return createTabularApp({ box: BOX, card: CARDS, openApiPaths: OPEN_API_PATHS, ...place });
}
