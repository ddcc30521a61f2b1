/** The side of the heart service that looks at pictures of 12-lead ECGs; in Node alone, as its libraries are native. */

import type { BoxEnvironment } from '../../shared/box/box-environment.ts';
import type { BoxApp } from '../../shared/http/box-app.ts';
import type { Log } from '../../shared/http/log.ts';
import type { ImageHandlers } from '../../shared/images/image-routes.ts';
import { openImageSide } from '../../shared/images/open-image-side.ts';
import type { BucketModels } from '../../shared/models/bucket-models.ts';
import card from './models/ecg.card.json' with { type: 'json' };

/** The raw cards of all versions that come with the code. */
const CARDS: readonly unknown[] = [card];

export function openEcg(
  app: BoxApp,
  env: BoxEnvironment,
  { log, bucket }: { readonly log: Log; readonly bucket: BucketModels | undefined },
): ImageHandlers {
  return openImageSide({
    app,
    env,
    log,
    bucket,
    cards: CARDS,
    modelsFolder: new URL('./models/', import.meta.url),
  });
}
