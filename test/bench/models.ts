/** The four models in their services: memory, cold start, speed; image models beside ONNX Runtime's default load. */

import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { functionConfigSchema } from '../../infra/registry/function-config.ts';
import { findModelFile } from '../../shared/images/model-file.ts';
import { findPackedFile, packModelFile } from '../../shared/images/packed-file.ts';
import { parseImageCard } from '../../shared/models/image-card.ts';
import { parseModelCard } from '../../shared/models/model-card.ts';
import type { Figure } from './figures.ts';
import { type Ask, measureService, type ServiceOptions, type ServiceRun } from './service.ts';

const FUNCTIONS = join(import.meta.dirname, '../../functions');
const CACHE = process.env['PILLBOX_MODEL_CACHE'] ?? join(tmpdir(), 'pillbox-models');
const MIB = 1024 * 1024;
const IMAGE_REQUESTS = 40;
const ROW_REQUESTS = 400;
const CLIENTS = 8;
const COLD_ROW_TARGET_MS = 250;

export async function benchModels(): Promise<Figure[]> {
  const photo = await drawPhoto();
  return [
    ...(await benchImages({ box: 'heart', model: 'ecg', targetMiB: 200 }, photo)),
    ...(await benchImages({ box: 'diabetes', model: 'retina', targetMiB: 170 }, photo)),
    ...(await benchRows('heart')),
    ...(await benchRows('diabetes')),
  ];
}

interface ImageBench {
  readonly box: string;
  readonly model: string;
  readonly targetMiB: number;
}

async function benchImages({ box, model, targetMiB }: ImageBench, photo: Ask['body']): Promise<Figure[]> {
  const cardPath = join(FUNCTIONS, box, 'models', `${model}.card.json`);
  const graph = await findModelFile(parseImageCard(readJson(cardPath)), CACHE);
  if ((await findPackedFile(graph)) === undefined) await packModelFile(graph);
  const ask: Ask = { path: `/${model}`, contentType: 'image/jpeg', body: photo };
  const ours = await measureService(ask, serviceOf(box, IMAGE_REQUESTS));
  const theirs = await measureService(ask, {
    ...serviceOf(box, IMAGE_REQUESTS),
    entry: join(import.meta.dirname, 'default-load-service.ts'),
    args: [cardPath, graph, ask.path],
  });
  return figuresOf(`${box}.${model}`, ours, theirs).map((figure) =>
    figure.name.endsWith('.highWaterMiB') ? { ...figure, target: targetMiB } : figure,
  );
}

async function benchRows(box: string): Promise<Figure[]> {
  const card = parseModelCard(readJson(join(FUNCTIONS, box, 'models', `${box}.card.json`)));
  const ask: Ask = { path: '/tabular', contentType: 'application/json', body: JSON.stringify(card.example) };
  const run = await measureService(ask, serviceOf(box, ROW_REQUESTS));
  return figuresOf(`${box}.tabular`, run).map((figure) =>
    figure.name.endsWith('.coldStartMs') ? { ...figure, target: COLD_ROW_TARGET_MS } : figure,
  );
}

function serviceOf(box: string, requests: number): ServiceOptions {
  const config = functionConfigSchema.parse(readJson(join(FUNCTIONS, box, 'function.json')));
  return {
    entry: join(FUNCTIONS, box, 'node.ts'),
    limitMiB: config.memoryMiB,
    env: { PILLBOX_MODEL_CACHE: CACHE, PILLBOX_IMAGE_MODELS: '1' },
    requests,
    clients: CLIENTS,
  };
}

function figuresOf(prefix: string, run: ServiceRun, baseline?: ServiceRun): Figure[] {
  const figure = (name: string, unit: string, read: (run: ServiceRun) => number): Figure => ({
    name: `${prefix}.${name}`,
    value: read(run),
    unit,
    ...(baseline === undefined ? {} : { baseline: read(baseline) }),
  });
  return [
    figure('highWaterMiB', 'MiB', ({ memory }) => memory.peakBytes / MIB),
    figure('residentMiB', 'MiB', ({ memory }) => memory.residentBytes / MIB),
    figure('anonymousMiB', 'MiB', ({ memory }) => (memory.anonymousBytes ?? 0) / MIB),
    figure('coldStartMs', 'ms', ({ coldStartMs }) => coldStartMs),
    figure('p50Ms', 'ms', ({ p50Ms }) => p50Ms),
    figure('p99Ms', 'ms', ({ p99Ms }) => p99Ms),
    figure('requestsPerSecond', '1/s', ({ requestsPerSecond }) => requestsPerSecond),
  ];
}

/** Of the size of a camera's picture, with soft structure, as JPEG. */
async function drawPhoto(): Promise<Uint8Array<ArrayBuffer>> {
  const [width, height] = [1600, 1200];
  const pixels = Buffer.alloc(width * height * 3);
  for (let at = 0; at < pixels.length; at++) pixels[at] = 128 + 100 * Math.sin(at / 97) * Math.cos(at / 5003);
  const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
  return new Uint8Array(jpeg);
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
