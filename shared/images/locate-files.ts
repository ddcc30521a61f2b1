/** Where the files of a card are: made in the cache, beside the card in the code, or fetched from the bucket. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BucketModels } from '../models/bucket-models.ts';
import type { ImageCard } from '../models/image-card.ts';
import type { HeldFile } from '../models/model-store.ts';
import { checkModelFile, type StatedFile } from '../models/model-store-bytes.ts';
import { findModelFile, modelFilePath } from './model-file.ts';
import type { PackedFor } from './pack-platform-check.ts';
import { findPackedFile, readPackNote } from './packed-file.ts';

export interface ModelFiles {
  /** What the packed form was made for; reads no graph. */
  packedInfo(): Promise<PackedFor | undefined>;
  /** The path of the packed form, checked. Throws where it is another, or absent. */
  packed(): Promise<string>;
  /** The path of the graph, checked. Throws a TerminalError ('model-mismatch') where it is another, or absent. */
  plain(): Promise<string>;
  /** The files are not used any more. */
  letGo(): void;
}

export interface FilePlaces {
  readonly cacheFolder: string;
  readonly modelsFolder?: string | undefined;
  readonly bucket?: BucketModels | undefined;
}

/** Each file is read through once, streamed, when its path is asked for. */
export function locateFiles(card: ImageCard, { cacheFolder, modelsFolder, bucket }: FilePlaces): ModelFiles {
  const held: HeldFile[] = [];
  const graphPath = modelFilePath(card, cacheFolder);

  async function fetched(source: BucketModels, file: StatedFile): Promise<string> {
    const one = await source.hold(card, file);
    held.push(one);
    return one.path;
  }

  async function ofCard(stated: StatedFile): Promise<string> {
    if (bucket !== undefined && card.generate === undefined) return await fetched(bucket, stated);
    const beside = modelsFolder === undefined ? undefined : join(modelsFolder, stated.file);
    const path = beside !== undefined && existsSync(beside) ? beside : join(cacheFolder, stated.file);
    await checkModelFile(path, stated);
    return path;
  }

  async function plain(): Promise<string> {
    if (bucket !== undefined && card.generate === undefined) return await fetched(bucket, card);
    const beside = modelsFolder === undefined ? undefined : join(modelsFolder, card.file);
    if (beside === undefined || !existsSync(beside)) return await findModelFile(card, cacheFolder);
    await checkModelFile(beside, card);
    return beside;
  }

  return {
    plain,
    packedInfo: async () => card.packed ?? (await readPackNote(graphPath)),
    async packed() {
      if (card.packed !== undefined) return await ofCard(card.packed);
      const found = await findPackedFile(graphPath);
      if (found === undefined) throw new Error('it is not the one that its note describes');
      return found.path;
    },
    letGo() {
      for (const one of held.splice(0)) one[Symbol.dispose]();
    },
  };
}
