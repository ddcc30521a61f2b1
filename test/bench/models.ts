/** The four models in their services: memory, cold start, speed; image models beside ONNX Runtime's default load. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { bundleEntry } from '../../infra/gcp/bundle-entry.ts';
import { bundleBoxes } from '../../infra/local/box-scripts.ts';
import { loadFunctions, type RegisteredFunction } from '../../infra/registry/registry.ts';
import { findModelFile } from '../../shared/images/model-file.ts';
import { findPackedFile, packModelFile } from '../../shared/images/packed-file.ts';
import { parseImageCard } from '../../shared/models/image-card.ts';
import { parseModelCard } from '../../shared/models/model-card.ts';
import type { Figure } from './figures.ts';
import { type Ask, measureService, type ServiceOptions, type ServiceRun } from './service.ts';

const ROOT = join(import.meta.dirname, '../..');
const CACHE = process.env['PILLBOX_MODEL_CACHE'] ?? join(tmpdir(), 'pillbox-models');
const MIB = 1024 * 1024;
const IMAGE_REQUESTS = 40;
const ROW_REQUESTS = 400;
const CLIENTS = 8;
const COLD_ROW_TARGET_MS = 250;

export async function benchModels(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pillbox-bench-'));
  try {
    const services = await prepareServices(folder);
    const photo = await drawPhoto();
    return [
      ...(await benchImages({ box: 'heart', model: 'ecg', targetMiB: 200 }, services, photo)),
      ...(await benchImages({ box: 'diabetes', model: 'retina', targetMiB: 170 }, services, photo)),
      ...(await benchRows('heart', services)),
      ...(await benchRows('diabetes', services)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Services {
  readonly boxes: readonly RegisteredFunction[];
  /** The script of default-load-service.ts. */
  readonly defaultLoad: string;
}

/** All as scripts, as they run in production. */
async function prepareServices(folder: string): Promise<Services> {
  const boxes = await bundleBoxes(ROOT, await loadFunctions(ROOT), folder);
  const defaultLoad = join(folder, 'default-load.mjs');
  await bundleEntry(join(import.meta.dirname, 'default-load-service.ts'), defaultLoad);
  return { boxes, defaultLoad };
}

interface ImageBench {
  readonly box: string;
  readonly model: string;
  readonly targetMiB: number;
}

async function benchImages(
  { box, model, targetMiB }: ImageBench,
  services: Services,
  photo: Ask['body'],
): Promise<Figure[]> {
  const cardPath = cardOf(box, model);
  const graph = await findModelFile(parseImageCard(readJson(cardPath)), CACHE);
  if ((await findPackedFile(graph)) === undefined) await packModelFile(graph);
  const ask: Ask = { path: `/${model}`, contentType: 'image/jpeg', body: photo };
  const ours = serviceOf(box, services, IMAGE_REQUESTS);
  const theirs = { ...ours, entry: services.defaultLoad, args: [cardPath, graph, ask.path] };
  const all = figuresOf(
    `${box}.${model}`,
    await measureService(ask, ours),
    await measureService(ask, theirs),
  );
  // No baseline: ONNX Runtime's own threads spread over all processors, whatever the process is bound to.
  const single = figuresOf(
    `${box}.${model}.oneProcessor`,
    await measureService(ask, { ...ours, oneProcessor: true }),
  );
  return [...all.map((figure) => withTarget(figure, '.highWaterMiB', targetMiB)), ...single];
}

async function benchRows(box: string, services: Services): Promise<Figure[]> {
  const card = parseModelCard(readJson(cardOf(box, box)));
  const ask: Ask = { path: '/tabular', contentType: 'application/json', body: JSON.stringify(card.example) };
  const run = await measureService(ask, serviceOf(box, services, ROW_REQUESTS));
  return figuresOf(`${box}.tabular`, run).map((figure) =>
    withTarget(figure, '.coldStartMs', COLD_ROW_TARGET_MS),
  );
}

function cardOf(box: string, model: string): string {
  return join(ROOT, 'functions', box, 'models', `${model}.card.json`);
}

function serviceOf(name: string, { boxes }: Services, requests: number): ServiceOptions {
  const box = boxes.find((candidate) => candidate.name === name);
  if (box === undefined) throw new Error(`there is no function ${name}`);
  return {
    entry: box.entry,
    limitMiB: box.config.memoryMiB,
    env: { PILLBOX_MODEL_CACHE: CACHE },
    requests,
    clients: CLIENTS,
  };
}

function withTarget(figure: Figure, name: string, target: number): Figure {
  return figure.name.endsWith(name) ? { ...figure, target } : figure;
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
