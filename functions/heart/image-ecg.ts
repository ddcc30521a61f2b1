/** The side of the heart service that looks at pictures of 12-lead ECGs; in Node alone, as its libraries are native. */

import type { BoxEnvironment } from '../../shared/box/box-environment.ts';
import type { BoxApp } from '../../shared/http/box-app.ts';
import type { ImageHandlers } from '../../shared/images/image-routes.ts';
import { type ImageSideOptions, openImageSide } from '../../shared/images/open-image-side.ts';
import card from './models/ecg.card.json' with { type: 'json' };

/** The raw cards of all versions that come with the code. */
const CARDS: readonly unknown[] = [card];

export function openEcg(
  app: BoxApp,
  env: BoxEnvironment,
  parts: Pick<ImageSideOptions, 'log' | 'bucket' | 'budget'>,
): ImageHandlers {
  return openImageSide({
    app,
    env,
    ...parts,
    cards: CARDS,
    modelsFolder: new URL('./models/', import.meta.url),
  });
}
