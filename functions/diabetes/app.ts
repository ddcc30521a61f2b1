/** The diabetes service: the probability of diabetes from routine measurements. */

import type { BoxApp } from '../../shared/http/box-app.ts';
import { type ModelCard, parseModelCard } from '../../shared/models/model-card.ts';
import { createTabularApp, type TabularPlace } from '../../shared/models/tabular-service.ts';
import card from './models/diabetes.card.json' with { type: 'json' };

export const BOX = 'diabetes';
/** All versions that come with the code. */
export const CARDS: readonly ModelCard[] = [card].map(parseModelCard);

export function createApp(place: TabularPlace): BoxApp {
  return createTabularApp({ box: BOX, card: CARDS, ...place });
}
