/** More versions of a service's models, out of a bucket: `<prefix><model>/<version>/card.json` and its files beside it. */

import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoxEnvironment } from '../box/box-environment.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import type { Log } from '../http/log.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createCardListing, type ListedCard } from './card-listing.ts';
import { type ModelCard, parseModelCard } from './model-card.ts';
import { createModelStore, type HeldFile } from './model-store.ts';
import type { StatedFile } from './model-store-bytes.ts';

const MIB = 1024 * 1024;

export interface BucketModels {
  /**
   * Cards of the model that `parse` accepts, without those versions that come with the code; listed again at most each
   * minute, and the same array until something changes. Never rejects: without an answer the last list stays.
   */
  cards<Card extends ListedCard>(
    own: readonly Card[],
    parse: (raw: unknown) => Card,
  ): () => Promise<readonly Card[]>;
  tabularCards(own: readonly ModelCard[]): () => Promise<readonly ModelCard[]>;
  /** Fetches a file that lies beside a card; it is removed when it is let go. Throws what ModelStore.hold throws. */
  hold(card: ListedCard, file: StatedFile): Promise<HeldFile>;
  /** The text of a card's own file, which is not kept. */
  readText(card: ModelCard): Promise<string>;
}

export interface BucketModelsOptions {
  readonly store: ObjectStore;
  readonly prefix: string;
  readonly folder: string;
  readonly budgetBytes: number;
  readonly log: Log;
  readonly nowMs?: () => number;
}

/** Undefined without PILLBOX_MODELS. The storage client takes 25 MiB, so it is loaded only with it. */
export async function openBucketModels(env: BoxEnvironment, log: Log): Promise<BucketModels | undefined> {
  const place = /^gs:\/\/([^/]+)\/(.*)$/.exec(env.PILLBOX_MODELS ?? '');
  const [, bucket = '', prefix = ''] = place ?? [];
  if (place === null) return undefined;
  const { openCloudStore } = await import('../box/cloud-store.ts');
  // Not in the cache of models that came with the container, which may be read only.
  const folder = join(tmpdir(), 'pillbox-models', `fetched-${process.pid}`);
  return createBucketModels({
    store: openCloudStore(env)(bucket),
    prefix,
    folder,
    budgetBytes: env.PILLBOX_MODEL_BUDGET_MIB * MIB,
    log,
  });
}

export function createBucketModels(options: BucketModelsOptions): BucketModels {
  const { store, prefix, folder, budgetBytes } = options;
  const files = createModelStore({ folder, budgetBytes, bucket: { store, prefix }, removeUnused: true });

  function hold(card: ListedCard, file: StatedFile): Promise<HeldFile> {
    // A card is data of a bucket: its names must not lead elsewhere.
    if (!/^[A-Za-z0-9][\w.-]*$/.test(file.file))
      throw new TerminalError('model-invalid', `card of ${card.name}: a file's name holds other characters`);
    const { sha256, bytes } = file;
    return files.hold({ file: `${card.name}/${card.version}/${file.file}`, sha256, bytes });
  }

  const cards: BucketModels['cards'] = (own, parse) => createCardListing({ ...options, own, parse });
  return {
    cards,
    tabularCards: (own) => cards(own, parseModelCard),
    hold: async (card, file) => hold(card, file),
    async readText(card) {
      using held = await hold(card, card);
      return await readFile(held.path, 'utf8');
    },
  };
}
