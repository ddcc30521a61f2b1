/** The diabetes service: the probability of diabetes from routine measurements. */

import type { BoxApp } from '../../shared/http/box-app.ts';
import { parseModelCard } from '../../shared/models/model-card.ts';
import { createTabularApp, type TabularPlace } from '../../shared/models/tabular-service.ts';
import card from './models/diabetes.card.json' with { type: 'json' };

export const BOX = 'diabetes';

export function createApp(place: TabularPlace): BoxApp {
  return createTabularApp({ box: BOX, card: parseModelCard(card), ...place });
}
