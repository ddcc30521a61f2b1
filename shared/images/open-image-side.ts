/** The image side of a service in Node: its versions from the code and the bucket, opened within the box's limit. */

import { fileURLToPath } from 'node:url';
import type { BoxEnvironment } from '../box/box-environment.ts';
import type { Budget } from '../budget/budget.ts';
import type { BoxApp } from '../http/box-app.ts';
import type { Log } from '../http/log.ts';
import type { BucketModels } from '../models/bucket-models.ts';
import { parseImageCard } from '../models/image-card.ts';
import { createVersionChoice } from '../models/version-choice.ts';
import { createImageHandlers } from './image-handlers.ts';
import type { ImageHandlers } from './image-routes.ts';
import { openImageModel } from './open-image-model.ts';

/** Of the limit. What decoding the largest picture takes must fit beside it and an idle service. */
const BODIES_SHARE = 1 / 8;

export interface ImageSideOptions {
  readonly app: BoxApp;
  readonly env: BoxEnvironment;
  readonly log: Log;
  readonly bucket: BucketModels | undefined;
  /** Absent = as many as come are let in. */
  readonly budget: Budget | undefined;
  /** Unchecked. */
  readonly cards: readonly unknown[];
  /** Where files that came with the code lie. */
  readonly modelsFolder: URL;
}

/** Throws a TerminalError ('model-invalid') for a card that is none, and unless exactly one is the standard version. */
export function openImageSide({
  app,
  env,
  log,
  bucket,
  budget,
  cards,
  modelsFolder,
}: ImageSideOptions): ImageHandlers {
  const own = cards.map(parseImageCard);
  const listed = bucket?.cards(own, parseImageCard);
  let choice = createVersionChoice(own);
  const handlers = createImageHandlers({
    app,
    budget,
    bodiesBytes: budget && budget.snapshot().limit.limitBytes * BODIES_SHARE,
    unbounded: env.PILLBOX_BUDGET === 'off',
    requireTrained: env.PILLBOX_REQUIRE_TRAINED,
    async versions() {
      if (listed !== undefined) choice = createVersionChoice([...own, ...(await listed())]);
      return choice;
    },
    open: (card) =>
      openImageModel(card, {
        cacheFolder: env.PILLBOX_MODEL_CACHE,
        modelsFolder: fileURLToPath(modelsFolder),
        bucket: own.includes(card) ? undefined : bucket,
        statedLimitMiB: env.MEMORY_LIMIT_MIB,
        log,
      }),
  });
  budget?.register({
    name: 'image model',
    level: 'flush',
    release: async () => ((await handlers.shed()) ? Math.max(...own.map(({ bytes }) => bytes)) : 0),
  });
  return handlers;
}
