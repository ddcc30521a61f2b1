import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ImageCard, parseImageCard } from '../models/image-card.ts';
import { findModelFile } from './model-file.ts';
import { openOnnxSession } from './onnx-session.ts';

const CARD = new URL('../../functions/diabetes/models/retina.card.json', import.meta.url);
let folder = '';
let card: ImageCard;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'model-file-'));
  card = parseImageCard(JSON.parse(await readFile(CARD, 'utf8')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('two that need it at once find one whole file, which ONNX Runtime runs', async () => {
  const [first, second] = await Promise.all([findModelFile(card, folder), findModelFile(card, folder)]);
  expect(second).toBe(first);
  expect(await readdir(folder)).toHaveLength(1);
  const session = await openOnnxSession({ path: first });
  const logits = await session.run(new Float32Array(3 * 224 * 224).fill(0.5), [1, 3, 224, 224]);
  await session.release();
  expect(logits).toHaveLength(card.classes.length);
  expect(logits.every((logit) => Math.abs(logit) < 50)).toBe(true);
  expect(new Set(logits).size).toBe(card.classes.length);
});

test('a file that was cut is not taken', async () => {
  const path = await findModelFile(card, folder);
  await truncate(path, card.bytes - 1);
  await expect(findModelFile(card, folder)).rejects.toMatchObject({ code: 'model-mismatch' });
  await rm(path);
});

test('a generator that writes other bytes than the card’s leaves nothing behind', async () => {
  const other = { ...card, sha256: 'a'.repeat(64) };
  await expect(findModelFile(other, folder)).rejects.toMatchObject({ code: 'model-mismatch' });
  expect(await readdir(folder)).toEqual([]);
});

test('a trained model that is absent is named, and one that is present is checked', async () => {
  const { generate: _, ...rest } = card;
  const trained: ImageCard = { ...rest, demo: false, bytes: 3 };
  await expect(findModelFile(trained, folder)).rejects.toThrow(/there is no file/);
  await writeFile(join(folder, `${trained.sha256.slice(0, 12)}-${trained.file}`), 'abc');
  await expect(findModelFile(trained, folder)).rejects.toThrow(/SHA-256 begins ba7816bf8f01/);
});
