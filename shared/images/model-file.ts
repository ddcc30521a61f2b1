/** Finds the graph of a card in the cache; a demo model's is made there when it is needed for the first time. */

import { createHash, type Hash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TerminalError } from '../errors/terminal-error.ts';
import type { ImageCard } from '../models/image-card.ts';
import { efficientnetB0 } from './generate/efficientnet-b0.ts';
import { resnet50 } from './generate/resnet50.ts';
import { onnxChunks } from './generate/write-onnx.ts';
import { hashFile } from './hash-file.ts';

const ARCHITECTURES = { 'efficientnet-b0': efficientnetB0, resnet50 } as const;

/**
 * The path of a file that holds exactly the card's bytes. Throws a TerminalError ('model-mismatch') when it holds
 * others, or when there is none and the card is not of a model that can be made.
 */
export async function findModelFile(card: ImageCard, folder: string): Promise<string> {
  const path = modelFilePath(card, folder);
  if ((await sizeOf(path)) === undefined) await makeModelFile(card, folder, path);
  else await checkFile(card, path);
  return path;
}

export function modelFilePath({ sha256, file }: ImageCard, folder: string): string {
  return join(folder, `${sha256.slice(0, 12)}-${file}`);
}

async function makeModelFile(card: ImageCard, folder: string, path: string): Promise<void> {
  if (card.generate === undefined) throw mismatch(card, `there is no file ${path}`);
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.${randomUUID()}`;
  try {
    const hash = createHash('sha256');
    const bytes = await writeGraph(card, card.generate, unfinished, hash);
    checkBytes(card, bytes, hash.digest('hex'));
    // Only whole files have the name, and of two processes that make it the later replaces the same by the same.
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function writeGraph(
  card: ImageCard,
  { architecture, seed }: NonNullable<ImageCard['generate']>,
  path: string,
  hash: Hash,
): Promise<number> {
  const { crop } = card.preprocessing;
  const network = ARCHITECTURES[architecture](card.input, card.classes.length);
  const about = {
    name: card.name,
    seed,
    input: card.input,
    inputDims: [1, 3, crop, crop],
    classes: card.classes.length,
  };
  await using file = await open(path, 'wx');
  let bytes = 0;
  for (const chunk of onnxChunks(network, about)) {
    hash.update(chunk);
    await file.writeFile(chunk);
    bytes += chunk.byteLength;
  }
  return bytes;
}

async function checkFile(card: ImageCard, path: string): Promise<void> {
  const { bytes, sha256 } = await hashFile(path);
  checkBytes(card, bytes, sha256);
}

function checkBytes(card: ImageCard, bytes: number, sha256: string): void {
  if (bytes !== card.bytes) throw mismatch(card, `it has ${bytes} bytes, the card says ${card.bytes}`);
  if (sha256 !== card.sha256) throw mismatch(card, `its SHA-256 begins ${sha256.slice(0, 12)}`);
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}

function mismatch(card: ImageCard, what: string): TerminalError {
  return new TerminalError(
    'model-mismatch',
    `${card.file} is not the model that its card describes: ${what}`,
  );
}
