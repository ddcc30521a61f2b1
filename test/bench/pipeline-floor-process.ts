/** A process that decodes and resizes images and does nothing else: the least that making a record can cost. Prints CPU ms an image. */

import { readFileSync } from 'node:fs';
import sharp from 'sharp';

const [size = '518', rounds = '1', ...files] = process.argv.slice(2);
sharp.concurrency(1);
sharp.cache(false);
const images = files.map((file) => readFileSync(file));

async function decodeAll(): Promise<void> {
  for (const image of images) {
    await sharp(image)
      .resize(Number(size), Number(size), { fit: 'fill' })
      .removeAlpha()
      .toColourspace('b-w')
      .raw()
      .toBuffer();
  }
}

// Once before, so that nothing is loaded or compiled while it counts.
await decodeAll();
const from = process.cpuUsage();
for (let round = 0; round < Number(rounds); round += 1) await decodeAll();
const { user, system } = process.cpuUsage(from);
console.log((user + system) / 1000 / images.length / Number(rounds));
