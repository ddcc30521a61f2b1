/** What the PNG settings of the shard step cost in CPU and in bytes, on sample X-rays, beside decoding and resizing alone. */

import sharp from 'sharp';
import { drawChest } from '../../infra/sample/chest/draw-chest.ts';
import { encodeJpeg } from '../../infra/sample/encode-jpeg.ts';
import { inventStudies } from '../../infra/sample/study.ts';
import type { Figure } from './figures.ts';

const PATIENTS = 4;
const ROUNDS = 3;
const SIZE = 518;

const SETTINGS = [
  { name: 'level0.plain', compressionLevel: 0, adaptiveFiltering: false },
  { name: 'level2.plain', compressionLevel: 2, adaptiveFiltering: false },
  { name: 'level2.adaptive', compressionLevel: 2, adaptiveFiltering: true },
  { name: 'level6.adaptive', compressionLevel: 6, adaptiveFiltering: true },
  { name: 'level9.adaptive', compressionLevel: 9, adaptiveFiltering: true },
] as const;

/** One thread, as in the box. CPU per image in ms; `….bytes` per image. */
export async function benchPng(): Promise<Figure[]> {
  sharp.concurrency(1);
  sharp.cache(false);
  const images = await drawXrays();
  const floorMs = await cpuMs(images, (image) => resized(image).raw().toBuffer());
  const figures: Figure[] = [{ name: 'png.floor.cpuMs', value: floorMs, unit: 'ms' }];
  for (const { name, ...options } of SETTINGS) {
    let bytes = 0;
    const value = await cpuMs(images, async (image) => {
      bytes += (await resized(image).png(options).toBuffer()).byteLength;
    });
    figures.push({ name: `png.${name}.cpuMs`, value, unit: 'ms', baseline: floorMs });
    figures.push({ name: `png.${name}.bytes`, value: bytes / (images.length * ROUNDS), unit: 'B' });
  }
  return figures;
}

const resized = (image: Uint8Array) =>
  sharp(image).resize(SIZE, SIZE, { fit: 'fill' }).removeAlpha().toColourspace('b-w');

async function drawXrays(): Promise<Uint8Array[]> {
  const images: Uint8Array[] = [];
  for (let patient = 0; patient < PATIENTS; patient += 1) {
    for (const study of inventStudies('bench', patient)) {
      images.push(await encodeJpeg(drawChest(study), study.widthPx, study.heightPx));
    }
  }
  return images;
}

/** CPU time of one image, of the fastest of several rounds: what disturbs a round only ever adds to it. */
async function cpuMs(
  images: readonly Uint8Array[],
  work: (image: Uint8Array) => Promise<unknown>,
): Promise<number> {
  let fastestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const from = process.cpuUsage();
    for (const image of images) await work(image);
    const { user, system } = process.cpuUsage(from);
    fastestMs = Math.min(fastestMs, (user + system) / 1000 / images.length);
  }
  return fastestMs;
}
