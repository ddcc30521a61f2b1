import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RetryableError } from '../errors/retryable-error.ts';
import { findModelFile } from '../images/model-file.ts';
import { openImageModel } from '../images/open-image-model.ts';
import { createMemoryStore } from '../storage/memory-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { createBucketModels } from './bucket-models.ts';
import { parseImageCard } from './image-card.ts';
import { parseModelCard } from './model-card.ts';

const MODELS = join(import.meta.dirname, '../../functions/diabetes/models');
const own = parseModelCard(JSON.parse(await readFile(join(MODELS, 'diabetes.card.json'), 'utf8')));
const retina = parseImageCard(JSON.parse(await readFile(join(MODELS, 'retina.card.json'), 'utf8')));
const MIB = 1024 * 1024;

let folder = '';
let store: ObjectStore;
let nowMs = 0;
let lists = 0;
let fault: Error | undefined;
let lines: string[] = [];
const log = (_severity: string, message: string, fields: object = {}) =>
  void lines.push(`${message} ${JSON.stringify(fields)}`);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bucket-models-'));
  const memory = createMemoryStore();
  [nowMs, lists, fault, lines] = [0, 0, undefined, []];
  store = {
    ...memory,
    list(prefix) {
      lists += 1;
      if (fault !== undefined) throw fault;
      return memory.list(prefix);
    },
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (budgetBytes = 100 * MIB) =>
  createBucketModels({ store, prefix: 'models/', folder, budgetBytes, log, nowMs: () => nowMs });
const put = (version: string, card: object) =>
  store.create(`models/${own.name}/${version}/card.json`, JSON.stringify(card));

test('lists at first need, and again at most each minute; callers at once wait for one listing', async () => {
  await put('2.0.0', { ...own, version: '2.0.0', traffic: 0.1 });
  const cards = open().tabularCards([own]);
  expect(lists).toBe(0);
  const [first, second] = await Promise.all([cards(), cards()]);
  expect(first.map(({ version }) => version)).toEqual(['2.0.0']);
  expect([second, lists]).toEqual([first, 1]);
  await put('3.0.0', { ...own, version: '3.0.0', traffic: 0 });
  nowMs = 59_000;
  expect(await cards()).toBe(first);
  nowMs = 61_000;
  expect((await cards()).map(({ version }) => version)).toEqual(['2.0.0', '3.0.0']);
  expect(lists).toBe(2);
});

test('while the bucket does not answer, what is known goes on', async () => {
  await put('2.0.0', { ...own, version: '2.0.0', traffic: 0.1 });
  const cards = open().tabularCards([own]);
  const known = await cards();
  fault = new RetryableError('storage-unavailable', 'no answer');
  nowMs = 61_000;
  expect(await cards()).toBe(known);
  expect(lines).toEqual([expect.stringContaining('those known so far stay')]);
});

test('a card that is no good is left out and named; one that comes with the code is not looked at', async () => {
  await put('2.0.0', { ...own, version: '2.0.0', traffic: 0.1 });
  await put('3.0.0', { ...own, version: '3.0.1', traffic: 0.1 });
  await put('4.0.0', { name: own.name });
  await put(own.version, { nothing: true });
  const cards = await open().tabularCards([own])();
  expect(cards.map(({ version }) => version)).toEqual(['2.0.0']);
  expect(lines).toHaveLength(2);
  expect(lines.join()).toMatch(/another name or version.*model card/);
});

test('a second standard version in the bucket is not taken', async () => {
  await put('2.0.0', { ...own, version: '2.0.0' });
  expect(await open().tabularCards([own])()).toEqual([]);
  expect(lines.join()).toContain('exactly one card must be without traffic');
});

test('the text of a tabular version is fetched and checked, and leaves no file', async () => {
  const text = await readFile(join(MODELS, own.file));
  const card = { ...own, version: '2.0.0', traffic: 0.1 };
  await store.create(`models/${own.name}/2.0.0/${own.file}`, text);
  const models = open();
  expect(await models.readText(card)).toBe(text.toString('utf8'));
  expect(await readdir(folder)).toEqual([]);
  const other = createHash('sha256').update('other').digest('hex');
  await expect(models.readText({ ...card, sha256: other })).rejects.toMatchObject({ code: 'model-mismatch' });
  await expect(models.readText({ ...card, file: '../x' })).rejects.toMatchObject({ code: 'model-invalid' });
});

test('an image version is fetched for its load, held while it is loaded, and removed when it is let go', async () => {
  const { generate: _, ...rest } = retina;
  const card = { ...rest, version: '2.0.0', traffic: 0.1 };
  const made = await mkdtemp(join(tmpdir(), 'bucket-models-made-'));
  const graph = await readFile(await findModelFile(retina, made));
  await store.create(`models/${card.name}/2.0.0/${card.file}`, graph);
  const options = { cacheFolder: made, statedLimitMiB: 256, log };
  const model = await openImageModel(card, { ...options, bucket: open() });
  expect(await readdir(folder)).toEqual([card.sha256]);
  expect(await model.run(new Float32Array(3 * 224 * 224), [1, 3, 224, 224])).toHaveLength(5);
  await model.release();
  expect(await readdir(folder)).toEqual([]);
  await expect(openImageModel(card, { ...options, bucket: open(MIB) })).rejects.toThrow(/budget/);
  await rm(made, { recursive: true });
});

test('a card that does not go with the others is left out, and they stay', async () => {
  await put('2.0.0', { ...own, version: '2.0.0', traffic: 0.1 });
  await put('3.0.0', { ...own, version: '3.0.0' });
  await put('4.0.0', { ...own, version: '4.0.0', traffic: 0.2 });
  await put('5.0.0', { ...own, version: '5.0.0', traffic: 0.9 });
  const cards = await open().tabularCards([own])();
  expect(cards.map(({ version }) => version)).toEqual(['2.0.0', '4.0.0']);
  expect(lines.filter((line) => line.includes('cannot be used'))).toHaveLength(2);
});
