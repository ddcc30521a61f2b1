import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseImageCard } from '../models/image-card.ts';
import { findModelFile } from './model-file.ts';
import { readRuntimeVersion } from './onnx-session.ts';
import { openImageModel } from './open-image-model.ts';
import { readCpuFlags } from './pack-platform.ts';
import { packModelFile } from './packed-file.ts';

const CARD = new URL('../../functions/diabetes/models/retina.card.json', import.meta.url);
let cacheFolder = '';
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), 'packed-file-'));
});
afterAll(() => rm(cacheFolder, { recursive: true, force: true }));

test('optimised, as it stands and packed, a graph gives the same answers; only the second is warned of', async () => {
  const card = parseImageCard(JSON.parse(await readFile(CARD, 'utf8')));
  const warnings: string[] = [];
  const log = (_severity: string, message: string) => warnings.push(message);
  const answer = async (statedLimitMiB: number) => {
    const model = await openImageModel(card, { cacheFolder, statedLimitMiB, log });
    const logits = await model.run(new Float32Array(3 * 224 * 224).fill(0.4), [1, 3, 224, 224]);
    await model.release();
    return logits;
  };
  const plain = await answer(256);
  const asItStands = await answer(100);
  expect(warnings).toEqual([expect.stringContaining('too large to be optimised here')]);

  await packModelFile(await findModelFile(card, cacheFolder));
  const fromPacked = await answer(100);
  expect(warnings).toHaveLength(1);
  for (const [at, logit] of plain.entries()) {
    expect(asItStands[at]).toBeCloseTo(logit, 4);
    expect(fromPacked[at]).toBeCloseTo(logit, 4);
  }
});

test('a model that was measured to need more than the limit is refused by both numbers', async () => {
  const card = parseImageCard(JSON.parse(await readFile(CARD, 'utf8')));
  const large = { ...card, measured: { loadMs: 1, peakMiB: 300 } };
  await expect(
    openImageModel(large, { cacheFolder, statedLimitMiB: 256, log: () => {} }),
  ).rejects.toMatchObject({
    code: 'model-invalid',
    message: expect.stringMatching(/300 measured.*256 MiB/),
  });
});

test('where the packed form does not suit, the fit is that of the graph, and says both numbers', async () => {
  const card = parseImageCard(JSON.parse(await readFile(CARD, 'utf8')));
  const packed = {
    file: 'retina.ort',
    format: 'ort',
    sha256: 'a'.repeat(64),
    bytes: 5,
    cpuFlags: ['x64', 'none'],
    runtimeVersion: '0',
  };
  const measured = { loadMs: 1, peakMiB: 120, plain: { loadMs: 1, peakMiB: 316 } };
  const warnings: string[] = [];
  const log = (_severity: string, message: string) => warnings.push(message);
  await expect(
    openImageModel({ ...card, packed, measured }, { cacheFolder, statedLimitMiB: 256, log }),
  ).rejects.toMatchObject({
    code: 'model-invalid',
    message: expect.stringMatching(/unpacked.*316 measured.*256 MiB/),
  });
  expect(warnings).toEqual([expect.stringContaining('packed for another')]);
});

test('a packed file that is not the card’s is passed over with a warning', async () => {
  const card = parseImageCard(JSON.parse(await readFile(CARD, 'utf8')));
  const cpuFlags = readCpuFlags();
  const runtimeVersion = await readRuntimeVersion();
  const packed = {
    file: 'retina.ort',
    format: 'ort',
    sha256: 'a'.repeat(64),
    bytes: 5,
    cpuFlags,
    runtimeVersion,
  };
  await writeFile(join(cacheFolder, packed.file), 'bytes');
  const warnings: object[] = [];
  const log = (_severity: string, message: string, fields: object = {}) =>
    warnings.push({ message, ...fields });
  const model = await openImageModel({ ...card, packed }, { cacheFolder, statedLimitMiB: 256, log });
  await model.release();
  expect(warnings).toEqual([
    expect.objectContaining({
      message: expect.stringContaining('the packed file cannot be used'),
      reason: expect.stringContaining('another SHA-256'),
    }),
  ]);
});
