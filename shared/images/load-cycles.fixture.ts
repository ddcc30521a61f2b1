/** A process that loads, runs and unloads one model again and again, and reports its resident memory after each. */

import { readFile } from 'node:fs/promises';
import { readOwnMemory } from '../budget/memory-meter.ts';
import { parseImageCard } from '../models/image-card.ts';
import { createImageModel } from './image-model.ts';
import { openImageModel } from './open-image-model.ts';
import { inputDims } from './verify-graph.ts';

const [cardPath = '', cacheFolder = '', cycles = '11'] = process.argv.slice(2);
const card = parseImageCard(JSON.parse(await readFile(cardPath, 'utf8')));
const warnings: string[] = [];
const model = createImageModel({
  open: (one: typeof card) =>
    openImageModel(one, { cacheFolder, log: (_severity, message) => void warnings.push(message) }),
});
const dims = inputDims(card);
const input = new Float32Array(dims.reduce((product, dim) => product * dim, 1)).fill(0.4);
const loadedMiB: number[] = [];
const unloadedMiB: number[] = [];
for (let cycle = 0; cycle < Number(cycles); cycle += 1) {
  await model.use(card, async (loaded) => {
    await loaded.run(input, dims);
    loadedMiB.push(residentMiB());
  });
  if (!(await model.shed())) throw new Error('the model was not unloaded');
  unloadedMiB.push(residentMiB());
}
console.log(JSON.stringify({ loadedMiB, unloadedMiB, warnings }));

function residentMiB(): number {
  return readOwnMemory().residentBytes / (1024 * 1024);
}
