/** The side of the heart service that looks at pictures of 12-lead ECGs; in Node alone, as its libraries are native. */

import type { BoxEnvironment } from '../../shared/box/box-environment.ts';
import type { BoxApp } from '../../shared/http/box-app.ts';
import type { Log } from '../../shared/http/log.ts';
import { addImageRoutes } from '../../shared/images/image-routes.ts';
import { openImageModel } from '../../shared/images/open-image-model.ts';
import { parseImageCard } from '../../shared/models/image-card.ts';
import raw from './models/ecg.card.json' with { type: 'json' };

export function addEcg(app: BoxApp, env: BoxEnvironment, log: Log): void {
  const card = parseImageCard(raw);
  addImageRoutes(app, {
    path: '/ecg',
    card,
    requireTrained: env.PILLBOX_REQUIRE_TRAINED,
    open: () =>
      openImageModel(card, {
        cacheFolder: env.PILLBOX_MODEL_CACHE,
        statedLimitMiB: env.MEMORY_LIMIT_MIB,
        log,
      }),
  });
}
