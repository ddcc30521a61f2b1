/** The images that the metadata names: none, a few that are used over and over, or each of its own. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../random.ts';
import { writeAtomically } from '../sample-folder.ts';
import { inventStudies, type Study } from '../study.ts';
import { inventDicomId } from './identifiers.ts';
import { MAX_IMAGES_PER_STUDY } from './table-counts.ts';

/** none · each, at its standard path · or so many that all studies share. */
export type ImageSupply = 'none' | 'each' | number;

const MAX_REUSED = 10_000;

/** Throws a RangeError for a number of shared images that is too small for one study, or too large. */
export function checkSupply(images: ImageSupply): void {
  if (typeof images !== 'number') return;
  // Two images of a study cannot have one identifier.
  if (!Number.isInteger(images) || images < MAX_IMAGES_PER_STUDY || images > MAX_REUSED) {
    throw new RangeError(`reuse-images: a whole number from ${MAX_IMAGES_PER_STUDY} to ${MAX_REUSED}`);
  }
}

/** The study that the n-th shared image is drawn from. */
export function sharedStudy(seed: string, index: number): Study {
  const [study] = inventStudies(seed, index);
  if (study === undefined) throw new RangeError('a patient without studies');
  return study;
}

/** Gives the identifiers of a study's images, all different. */
export function createDicomIds(
  seed: string,
  images: ImageSupply,
): (random: Random, count: number) => string[] {
  if (typeof images !== 'number') {
    return (random, count) => Array.from({ length: count }, () => inventDicomId(random));
  }
  const shared = Array.from({ length: images }, (_, index) => sharedStudy(seed, index).imageId);
  return (random, count) => {
    const first = random.integer(0, images - 1);
    return Array.from({ length: count }, (_, index) => shared[(first + index) % images] ?? '');
  };
}

/** `onImage` is called after each. Resolves with their size together. */
export async function writeSharedImages(
  dir: string,
  seed: string,
  images: number,
  onImage: (done: number) => void,
): Promise<number> {
  let bytes = 0;
  for (let index = 0; index < images; index += 1) {
    const study = sharedStudy(seed, index);
    bytes += await writeImage(join(dir, `images/${study.imageId}.jpg`), study);
    onImage(index + 1);
  }
  return bytes;
}

/** Keeps one that an earlier run finished. Resolves with its size. */
export async function writeImage(path: string, study: Study): Promise<number> {
  return await writeOnce(path, async () => {
    // Tables alone do without the image library and its memory.
    const { drawChest } = await import('../chest/draw-chest.ts');
    const { encodeJpeg } = await import('../encode-jpeg.ts');
    return await encodeJpeg(drawChest(study), study.widthPx, study.heightPx);
  });
}

/** Files are written whole or not at all, so that one which is there needs no second writing. */
export async function writeOnce(path: string, make: () => Promise<Uint8Array> | Uint8Array): Promise<number> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined) return existing.size;
  const content = await make();
  await writeAtomically(path, content);
  return content.byteLength;
}
