/** Opens the graph of a card as the service runs it: checked, packed where that suits, and only where it fits. */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readMemoryLimit } from '../budget/memory-limit.ts';
import { RetryableError } from '../errors/retryable-error.ts';
import type { Log } from '../http/log.ts';
import type { BucketModels } from '../models/bucket-models.ts';
import type { ImageCard } from '../models/image-card.ts';
import type { LoadedModel } from './image-model.ts';
import { locateFiles, type ModelFiles } from './locate-files.ts';
import { type OnnxModelFile, openOnnxSession } from './onnx-session.ts';
import { requireFit } from './pack-fit.ts';
import { suitsHere } from './pack-platform-check.ts';

const MIB = 1024 * 1024;
/** Node, sharp and ONNX Runtime with one picture in work. */
const SERVICE_MIB = 110;
/** While it is optimised, a graph is in memory about two and a half times: ResNet-50's 90 MiB take 220. */
const OPTIMISING_FACTOR = 2.5;

export interface OpenImageModelOptions {
  /** Absent = a folder of the system's for temporary files. */
  readonly cacheFolder?: string | undefined;
  /** Where files that came with the code lie. */
  readonly modelsFolder?: string | undefined;
  /** Where the card came from; absent = it came with the code. */
  readonly bucket?: BucketModels | undefined;
  /** MEMORY_LIMIT_MIB. */
  readonly statedLimitMiB?: number | undefined;
  readonly log: Log;
}

/** Throws a TerminalError where the model does not fit, by both numbers, or where the file is not the card's. */
export async function openImageModel(card: ImageCard, options: OpenImageModelOptions): Promise<LoadedModel> {
  const { cacheFolder = join(tmpdir(), 'pillbox-models'), statedLimitMiB, log } = options;
  const limitMiB = Math.floor(readMemoryLimit({ statedMiB: statedLimitMiB }).limitBytes / MIB);
  const files = locateFiles(card, { ...options, cacheFolder });
  const warn = (message: string, fields: object = {}) =>
    log('WARNING', message, { model: card.name, version: card.version, ...fields });
  try {
    const model =
      (await findPacked(card, { files, limitMiB, warn })) ?? (await findPlain(card, { files, limitMiB }));
    const asItStands =
      model.packed === undefined && SERVICE_MIB + (OPTIMISING_FACTOR * card.bytes) / MIB > limitMiB;
    if (asItStands)
      warn('the graph is not packed, and too large to be optimised here: it runs as it stands, slower', {
        limitMiB,
      });
    const session = await openOnnxSession(model, { asItStands, warn });
    return {
      run: session.run,
      async release() {
        await session.release();
        files.letGo();
      },
    };
  } catch (error) {
    files.letGo();
    throw error;
  }
}

interface Finding {
  readonly files: ModelFiles;
  readonly limitMiB: number;
}

/** Undefined where there is none that suits; the plain graph is not touched then, as hashing it takes as long again. */
async function findPacked(
  { name, measured }: ImageCard,
  { files, limitMiB, warn }: Finding & { readonly warn: (message: string, fields?: object) => void },
): Promise<OnnxModelFile | undefined> {
  const packed = await files.packedInfo();
  if (packed === undefined || !(await suitsHere(packed, warn))) return undefined;
  if (measured !== undefined) requireFit(name, { peakMiB: measured.peakMiB, limitMiB });
  try {
    const path = await files.packed();
    return { path, packed: { ...packed, path } };
  } catch (error) {
    if (error instanceof RetryableError) throw error;
    warn('the packed file cannot be used: the unpacked graph is used, with more memory and a slower start', {
      reason: error instanceof Error ? error.message : 'unknown',
    });
    return undefined;
  }
}

/** What was measured of the packed form alone says too little of this one, but it is the least that it takes. */
async function findPlain(
  { name, measured }: ImageCard,
  { files, limitMiB }: Finding,
): Promise<OnnxModelFile> {
  if (measured !== undefined) {
    const peakMiB = measured.plain?.peakMiB ?? measured.peakMiB;
    requireFit(measured.plain === undefined ? name : `${name}, unpacked,`, { peakMiB, limitMiB });
  }
  return { path: await files.plain() };
}
