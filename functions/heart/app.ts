/** The heart service: the probability of coronary heart disease from clinical findings. */

import type { BoxApp } from '../../shared/http/box-app.ts';
import { type ModelCard, parseModelCard } from '../../shared/models/model-card.ts';
import { createTabularApp, type TabularPlace } from '../../shared/models/tabular-service.ts';
import card from './models/heart.card.json' with { type: 'json' };

export const BOX = 'heart';
/** All versions that come with the code. */
export const CARDS: readonly ModelCard[] = [card].map(parseModelCard);

export function createApp(place: TabularPlace): BoxApp {
  return createTabularApp({ box: BOX, card: CARDS, ...place });
}
