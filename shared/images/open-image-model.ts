/** Opens the graph of a card as the service runs it: from the cache, checked, and only where it fits. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMemoryLimit } from '../budget/memory-limit.ts';
import type { Log } from '../http/log.ts';
import type { ImageCard } from '../models/image-card.ts';
import type { LoadedModel } from './image-model.ts';
import { findModelFile } from './model-file.ts';
import { openOnnxSession } from './onnx-session.ts';
import { requireFit } from './pack-fit.ts';
import { findPackedFile } from './packed-file.ts';

const MIB = 1024 * 1024;
/** Node, sharp and ONNX Runtime with one picture in work. */
const SERVICE_MIB = 110;
/** While it is optimised, a graph is in memory about two and a half times: ResNet-50's 90 MiB take 220. */
const OPTIMISING_FACTOR = 2.5;

export interface OpenImageModelOptions {
  /** Absent = a folder of the system's for temporary files. */
  readonly cacheFolder?: string | undefined;
  /** MEMORY_LIMIT_MIB. */
  readonly statedLimitMiB?: number | undefined;
  readonly log: Log;
}

/** Throws a TerminalError where the model does not fit, by both numbers, or where the file is not the card's. */
export async function openImageModel(
  card: ImageCard,
  { cacheFolder = join(tmpdir(), 'pillbox-models'), statedLimitMiB, log }: OpenImageModelOptions,
): Promise<LoadedModel> {
  const limitMiB = Math.floor(readMemoryLimit({ statedMiB: statedLimitMiB }).limitBytes / MIB);
  if (card.measured !== undefined) requireFit(card.name, { peakMiB: card.measured.peakMiB, limitMiB });
  const path = await findModelFile(card, cacheFolder);
  const packed =
    card.packed === undefined
      ? await findPackedFile(path)
      : { ...card.packed, path: join(cacheFolder, card.packed.file) };
  const asItStands = SERVICE_MIB + (OPTIMISING_FACTOR * card.bytes) / MIB > limitMiB;
  if (asItStands && packed === undefined) {
    log(
      'WARNING',
      'the graph is not packed, and too large to be optimised here: it runs as it stands, slower',
      {
        model: card.name,
        limitMiB,
      },
    );
  }
  return await openOnnxSession(
    { path, packed },
    { asItStands, warn: (message, fields) => log('WARNING', message, { model: card.name, ...fields }) },
  );
}
