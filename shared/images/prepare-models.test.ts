import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { parseImageCard } from '../models/image-card.ts';
import { openImageModel } from './open-image-model.ts';
import { prepareImageModels } from './prepare-models.ts';

const ROOT = join(import.meta.dirname, '../..');
const CYCLES = 11;
const GROWTH_MIB = 5;
let folder = '';
let cache = '';
let functionsRoot = '';
let cardPath = '';

/** One function with EfficientNet-B0; its tabular card is none of an image model's. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'prepare-models-'));
  cache = join(folder, 'cache');
  functionsRoot = join(folder, 'functions');
  const models = join(functionsRoot, 'diabetes/models');
  await mkdir(models, { recursive: true });
  await mkdir(join(functionsRoot, 'plan'));
  cardPath = join(models, 'retina.card.json');
  for (const name of ['retina.card.json', 'diabetes.card.json'])
    await cp(join(ROOT, 'functions/diabetes/models', name), join(models, name));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function prepare(): Promise<string[]> {
  const notes: string[] = [];
  await prepareImageModels(functionsRoot, cache, (line) => notes.push(line));
  return notes;
}

test('two processes at once make and pack the same files, and a third finds nothing to do', async () => {
  const [first, second] = await Promise.all([prepare(), prepare()]);
  expect([...first, ...second].join()).toMatch(/diabetes-retina 0\.1\.0-demo .*made/);
  expect([...first, ...second].join()).toMatch(/packed for this processor/);
  expect(await prepare()).toEqual([]);
  const files = (await readdir(cache)).sort();
  expect(files).toEqual([
    expect.stringMatching(/-retina\.onnx$/),
    expect.stringMatching(/-retina\.onnx\.ort$/),
    expect.stringMatching(/-retina\.onnx\.packed\.json$/),
  ]);
});

test('what was packed for another processor or cut short is packed again', async () => {
  const files = await readdir(cache);
  const noteFile = join(cache, files.find((name) => name.endsWith('.packed.json')) ?? '');
  const note = JSON.parse(await readFile(noteFile, 'utf8'));
  await writeFile(noteFile, JSON.stringify({ ...note, cpuFlags: ['x64', 'none'] }));
  expect(await prepare()).toEqual(['diabetes-retina 0.1.0-demo packed for this processor']);
  const packedFile = join(cache, files.find((name) => name.endsWith('.ort')) ?? '');
  await writeFile(packedFile, 'half');
  expect(await prepare()).toEqual(['diabetes-retina 0.1.0-demo packed for this processor']);
  expect(await prepare()).toEqual([]);
});

test('a model that can be neither found nor made is an error that names its card', async () => {
  const { generate: _, ...raw } = JSON.parse(await readFile(cardPath, 'utf8'));
  const other = join(folder, 'others');
  await mkdir(join(other, 'eye/models'), { recursive: true });
  await writeFile(join(other, 'eye/models/eye.card.json'), JSON.stringify({ ...raw, file: 'eye.onnx' }));
  await expect(prepareImageModels(other, cache, () => {})).rejects.toThrow(
    /eye\.card\.json .*there is no file/,
  );
});

test('the prepared model is opened packed; with the packed file gone bad it warns and opens the graph', async () => {
  const card = parseImageCard(JSON.parse(await readFile(cardPath, 'utf8')));
  const warnings: string[] = [];
  const log = (_severity: string, message: string) => warnings.push(message);
  const open = async () =>
    await (await openImageModel(card, { cacheFolder: cache, statedLimitMiB: 256, log })).release();
  const graph = (await readdir(cache)).find((name) => name.endsWith('.onnx')) ?? '';
  // Without its graph only the packed form can be what opens.
  const aside = join(folder, 'aside.onnx');
  await cp(join(cache, graph), aside);
  await writeFile(join(cache, graph), '');
  await open();
  expect(warnings).toEqual([]);
  await cp(aside, join(cache, graph));
  await cp(join(cache, `${graph}.ort`), join(folder, 'aside.ort'));
  await writeFile(join(cache, `${graph}.ort`), 'other');
  await open();
  expect(warnings).toEqual([expect.stringContaining('the unpacked graph is used')]);
  await cp(join(folder, 'aside.ort'), join(cache, `${graph}.ort`));
});

test(`ten cycles of load and unload end within ${GROWTH_MIB} MiB of the first`, async () => {
  const { nodeFlags, env } = boxProcessOptions(256);
  const fixture = join(import.meta.dirname, 'load-cycles.fixture.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...nodeFlags, fixture, cardPath, cache, String(CYCLES)],
    { env: { ...process.env, ...env } },
  );
  const { loadedMiB, unloadedMiB, warnings } = JSON.parse(stdout);
  expect(warnings).toEqual([]);
  expect(unloadedMiB).toHaveLength(CYCLES);
  expect(loadedMiB[0] - unloadedMiB[0]).toBeGreaterThan(GROWTH_MIB);
  expect(unloadedMiB.at(-1) - unloadedMiB[0]).toBeLessThanOrEqual(GROWTH_MIB);
  expect(loadedMiB.at(-1) - loadedMiB[0]).toBeLessThanOrEqual(GROWTH_MIB);
});
