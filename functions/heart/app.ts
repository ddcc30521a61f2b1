/** The heart service: the probability of coronary heart disease from clinical findings. */

import type { BoxApp } from '../../shared/http/box-app.ts';
import { EXAMPLE_TRACES } from '../../shared/models/example-pictures.ts';
import { parseImageCard } from '../../shared/models/image-card.ts';
import { type ModelCard, parseModelCard } from '../../shared/models/model-card.ts';
import { imagePaths } from '../../shared/models/openapi-images.ts';
import { createTabularApp, type TabularPlace } from '../../shared/models/tabular-service.ts';
import imageCard from './models/ecg.card.json' with { type: 'json' };
import card from './models/heart.card.json' with { type: 'json' };

export const BOX = 'heart';
/** All versions that come with the code. */
export const CARDS: readonly ModelCard[] = [card].map(parseModelCard);
/** The same of the image model, unchecked. */
export const IMAGE_CARDS: readonly unknown[] = [imageCard];

const OPEN_API_PATHS = imagePaths({
  path: '/ecg',
  card: parseImageCard(imageCard),
  tabularCard: parseModelCard(card),
  examplePicture: EXAMPLE_TRACES,
});

export function createApp(place: TabularPlace): BoxApp {
  return createTabularApp({ box: BOX, card: CARDS, openApiPaths: OPEN_API_PATHS, ...place });
}
