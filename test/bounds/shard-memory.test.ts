/** The shard box under its limit, with the largest images it accepts and with ordinary ones. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import functionConfig from '../../functions/shard/function.json' with { type: 'json' };
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';

/** The clients of Google Cloud, which are not loaded here, take 40 MiB in the box. */
const CLIENTS_MIB = 45;
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

test.skipIf(!existsSync('/proc/self/status')).each([
  ['X-rays of 2544 x 3056', 24, () => noise(2544, 3056).blur(1).jpeg({ quality: 90 })],
  ['PNGs of 62 MB', 4, () => noise(7900, 7900).png({ compressionLevel: 0 })],
  [
    'interlaced PNGs of 31 megapixels',
    4,
    () => noise(5600, 5600).png({ compressionLevel: 0, progressive: true }),
  ],
  ['progressive JPEGs of 31 megapixels', 4, () => noise(5600, 5600).jpeg({ quality: 95, progressive: true })],
])('a shard of %s stays under the limit', async (name, records, draw) => {
  const image = join(folder, 'image');
  await draw().toFile(image);
  const { nodeFlags, env } = boxProcessOptions(functionConfig.memoryMiB);
  const args = [...nodeFlags, SHARD_PROCESS, image, String(records)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  const { peakMiB, outputBytes } = JSON.parse(stdout);
  expect(outputBytes, name).toBeGreaterThan(records * 20_000);
  expect(peakMiB).toBeLessThan(functionConfig.memoryMiB - CLIENTS_MIB);
});
