/** The shard box under its limit, with ordinary images, the largest it accepts, and those it must not. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import functionConfig from '../../functions/shard/function.json' with { type: 'json' };
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { type BlankPng, blankPng } from '../fixtures/pipeline/blank-png.ts';

/** What is left below the limit: for what a longer life than these few records adds. */
const SPARE_MIB = 24;
const SHARD_PROCESS = join(import.meta.dirname, '../fixtures/pipeline/shard-process.ts');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** Noise: it cannot be compressed away. */
function noise(width: number, height: number): Sharp {
  const pixels = new Uint8Array(width * height);
  let state = 1;
  for (let i = 0; i < pixels.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    pixels[i] = state >>> 24;
  }
  return sharp(pixels, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
}

async function makeShardOf(image: string, records: number) {
  const { nodeFlags, env } = boxProcessOptions(functionConfig.memoryMiB, functionConfig.heapGrowthPercent);
  const args = [...nodeFlags, SHARD_PROCESS, image, String(records)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  const made: { outcome: string; peakMiB: number; outputBytes: number } = JSON.parse(stdout);
  return made;
}

const onLinux = test.skipIf(!existsSync('/proc/self/status'));

onLinux.each([
  ['X-rays of 2544 x 3056', 24, () => noise(2544, 3056).blur(1).jpeg({ quality: 90 })],
  ['PNGs of 24 MB', 4, () => noise(4950, 4950).png({ compressionLevel: 0 })],
  [
    'interlaced PNGs of 17 megapixels',
    4,
    () => noise(4100, 4100).png({ compressionLevel: 0, progressive: true }),
  ],
  ['progressive JPEGs of 20 megapixels', 4, () => noise(4500, 4500).jpeg({ quality: 90, progressive: true })],
])('a shard of %s stays under the limit', async (_name, records, draw) => {
  const image = join(folder, 'image');
  await draw().toFile(image);
  const { outcome, peakMiB, outputBytes } = await makeShardOf(image, records);
  expect(outcome).toBe('made');
  expect(outputBytes).toBeGreaterThan(records * 20_000);
  expect(peakMiB).toBeLessThan(functionConfig.memoryMiB - SPARE_MIB);
});

onLinux('a JPEG of 25 MB that is nearly all metadata stays under the limit', async () => {
  const image = join(folder, 'metadata');
  const jpeg = await noise(64, 64).jpeg().toBuffer();
  const segment = Buffer.alloc(2 + 65_535, 'a');
  segment.writeUInt32BE(0xff_e1_ff_ff);
  const segments = Array.from({ length: 380 }, () => segment);
  await writeFile(image, Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)]));
  const { outcome, peakMiB } = await makeShardOf(image, 3);
  expect(outcome).toBe('made');
  expect(peakMiB).toBeLessThan(functionConfig.memoryMiB - SPARE_MIB);
});

onLinux.each<BlankPng>([
  { width: 20_000, height: 400, channels: 4, bits: 16 },
  { width: 3_900, height: 20_000, channels: 4, bits: 16 },
  { width: 10_000, height: 10_000, channels: 3, bits: 8 },
  { width: 20_000, height: 5_000, channels: 1, bits: 8 },
  // In its comments lie 50 MB.
  { width: 64, height: 64, channels: 1, bits: 8, comments: 50 },
])('the memory that decoding takes follows from the header: $width x $height x $channels', async (png) => {
  const image = join(folder, 'blank');
  await writeFile(image, await blankPng(png));
  const { outcome, peakMiB } = await makeShardOf(image, 3);
  expect(outcome).toBe('made');
  expect(peakMiB).toBeLessThan(functionConfig.memoryMiB - SPARE_MIB);
});

onLinux.each<BlankPng>([
  { width: 10_000_000, height: 4, channels: 4, bits: 16 },
  { width: 1_000_000, height: 40, channels: 4, bits: 16 },
  { width: 10_000, height: 10_000, channels: 4, bits: 16 },
])('a small file of a huge image is refused: $width x $height', async (png) => {
  const image = join(folder, 'huge');
  await writeFile(image, await blankPng(png));
  const { outcome, peakMiB } = await makeShardOf(image, 3);
  expect(outcome).toContain('image-too-large 3');
  expect(peakMiB).toBeLessThan(functionConfig.memoryMiB / 1.5);
});
