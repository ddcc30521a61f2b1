import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTokenizer } from './tokenizer.ts';

const FOLDER = join(import.meta.dirname, '../../../test/fixtures/tokenizers');
const KINDS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.expected.json'))
  .map((name) => name.slice(0, -'.expected.json'.length));

interface Expected {
  readonly texts: readonly { readonly text: string; readonly ids: readonly number[] }[];
  readonly truncated: readonly { readonly maxTokens: number; readonly ids: readonly number[] }[];
}

async function open(kind: string) {
  const expected: Expected = JSON.parse(await readFile(join(FOLDER, `${kind}.expected.json`), 'utf8'));
  return { tokenizer: await readTokenizer(await readFile(join(FOLDER, `${kind}.json`)), kind), expected };
}

test('there is a reference for each kind of model', () => {
  expect(KINDS).toHaveLength(16);
});

test.each(KINDS)('%s gives the tokens of Hugging Face', async (kind) => {
  const { tokenizer, expected } = await open(kind);
  expect(expected.texts.length).toBeGreaterThan(29);
  for (const { text, ids } of expected.texts) {
    expect([...tokenizer.encode(text, 100_000)], JSON.stringify(text.slice(0, 80))).toEqual(ids);
  }
});

test.each(KINDS)('%s is truncated as by Hugging Face', async (kind) => {
  const { tokenizer, expected } = await open(kind);
  const long = expected.texts.at(-1)?.text ?? '';
  for (const { maxTokens, ids } of expected.truncated) {
    expect([...tokenizer.encode(long, maxTokens)], `${maxTokens} tokens`).toEqual(ids);
  }
});
