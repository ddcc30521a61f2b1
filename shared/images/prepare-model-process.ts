/** A process of its own that makes one image model and packs it: the child of prepare-models.ts. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseImageCard } from '../models/image-card.ts';
import { findModelFile, modelFilePath } from './model-file.ts';
import { suitsHere } from './pack-platform-check.ts';
import { findPackedFile, packModelFile } from './packed-file.ts';
import type { PrepareJob, PrepareOutcome } from './prepare-models.ts';

const { cardPath, cacheFolder, modelsFolder }: PrepareJob = JSON.parse(process.argv[2] ?? 'null');

async function prepare(): Promise<PrepareOutcome> {
  const card = parseImageCard(JSON.parse(await readFile(cardPath, 'utf8')));
  // A trained model that came with the code was packed by its maker.
  if (card.generate === undefined && existsSync(join(modelsFolder, card.file)))
    return { made: false, packed: false };
  const path = modelFilePath(card, cacheFolder);
  const isThere = existsSync(path);
  await findModelFile(card, cacheFolder);
  const packed = await findPackedFile(path);
  if (packed !== undefined && (await suitsHere(packed))) return { made: !isThere, packed: false };
  await packModelFile(path);
  return { made: !isThere, packed: true };
}

console.log(JSON.stringify(await prepare()));
