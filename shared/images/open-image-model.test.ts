import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseImageCard } from '../models/image-card.ts';
import { findModelFile } from './model-file.ts';
import { openImageModel } from './open-image-model.ts';
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
