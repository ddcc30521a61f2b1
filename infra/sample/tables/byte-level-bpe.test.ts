import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { learnTokenizer } from './byte-level-bpe.ts';
import { sampleTokenizer } from './sample-tokenizer.ts';

const referenceSchema = z.object({
  vocabulary: z.int(),
  vectors: z.array(z.object({ text: z.string(), ids: z.array(z.int()) })),
});
const modelSchema = z.object({
  model: z.object({
    vocab: z.record(z.string(), z.int()),
    merges: z.array(z.tuple([z.string(), z.string()])),
  }),
});

test("the sample's tokenizer cuts text as Hugging Face's own library does with it", async () => {
  const file = new URL('./fixtures/tokenizer-reference.json', import.meta.url);
  const reference = referenceSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  const document = sampleTokenizer('pillbox');
  const { vocab, merges } = modelSchema.parse(document).model;
  expect(Object.keys(vocab)).toHaveLength(reference.vocabulary);
  expect(merges.length).toBeGreaterThan(300);
  const tokenizer = new Tokenizer(document, {});
  for (const { text, ids } of reference.vectors) {
    expect(tokenizer.encode(text).ids).toEqual(ids);
    if (ids.length > 0) expect(tokenizer.decode(ids)).toBe(text);
  }
});

test('merges are learnt by frequency, ties by code points, and end with the pairs', () => {
  const { model } = modelSchema.parse(learnTokenizer(['abab abab abab', 'cd cd'], 50));
  expect(model.merges[0]).toEqual(['a', 'b']);
  expect(model.merges[1]).toEqual(['ab', 'ab']);
  expect(model.merges.length).toBeLessThan(10);
  expect(Object.values(model.vocab)).toEqual(expect.arrayContaining([0, 1, 256, 257]));
  expect(new Set(Object.values(model.vocab)).size).toBe(Object.keys(model.vocab).length);
});

test('without a text there are the bytes alone, and any text still goes through', () => {
  const document = learnTokenizer([], 10);
  expect(modelSchema.parse(document).model.merges).toEqual([]);
  const tokenizer = new Tokenizer(document, {});
  expect(tokenizer.encode('né').ids).toHaveLength(3);
});
