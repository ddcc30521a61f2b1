/** A service of models as a Node process: the tabular one and that of images, from the code and from a bucket. */

import { readFile } from 'node:fs/promises';
import type { BudgetSettings } from '../box/box-budget.ts';
import { startBox } from '../box/start-box.ts';
import type { BoxApp } from '../http/box-app.ts';
import { addImageRoutes } from '../images/image-routes.ts';
import type { ModelCard } from './model-card.ts';
import type { TabularPlace } from './tabular-service.ts';

export interface ModelBoxOptions {
  /** Names the box in its log. */
  readonly box: string;
  /** Those of its function.json. */
  readonly budget: BudgetSettings;
  readonly createApp: (place: TabularPlace) => BoxApp;
  /** Those of the tabular model that come with the code. */
  readonly cards: readonly ModelCard[];
  /** Those of the image model that come with the code, unchecked. */
  readonly imageCards: readonly unknown[];
  /** The route that takes an image, such as /retina. */
  readonly imagePath: string;
  /** Where files that came with the code lie. */
  readonly modelsFolder: URL;
}

/**
 * Resolves when the box listens. What reads images is loaded with the first of them, as its libraries are native and
 * heavy. Throws a TerminalError ('not-configured') that names each variable at fault.
 */
export async function startModelBox(options: ModelBoxOptions): Promise<void> {
  const { cards, imageCards, modelsFolder, createApp } = options;
  await startBox(options.box, options.budget, async ({ env, log, budget }) => {
    const bucket =
      env.PILLBOX_MODELS === undefined
        ? undefined
        : await (await import('./bucket-models.ts')).openBucketModels(env, log);
    const app = createApp({
      servedBy: 'function',
      loadModelText: (card) =>
        cards.includes(card) || bucket === undefined
          ? readFile(new URL(card.file, modelsFolder), 'utf8')
          : bucket.readText(card),
      moreCards: bucket?.tabularCards(cards),
      log,
      budget,
    });
    addImageRoutes(app, {
      path: options.imagePath,
      async load() {
        const { openImageSide } = await import('../images/open-image-side.ts');
        return openImageSide({ app, env, log, bucket, budget, cards: imageCards, modelsFolder });
      },
    });
    return app;
  });
}
