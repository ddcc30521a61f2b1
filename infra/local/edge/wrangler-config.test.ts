import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readWranglerConfig } from './wrangler-config.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-wrangler-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function read(text: string) {
  await writeFile(join(folder, 'wrangler.jsonc'), text);
  return readWranglerConfig(folder);
}

test('the date and the endings of text files, past comments', async () => {
  const config = await read(`{
    // A comment.
    "compatibility_date": "2026-10-01",
    "vars": { "FUNCTION_ORIGIN": "https://x.example" },
    "rules": [{ "type": "Text", "globs": ["**/*.xgboost.json", "**/*.txt"], "fallthrough": true }]
  }`);
  expect(config).toEqual({ compatibilityDate: '2026-10-01', textExtensions: ['.xgboost.json', '.txt'] });
});

test.each([
  ['no date', '{}', /wrangler\.jsonc: compatibility_date/],
  [
    'a rule that esbuild cannot follow',
    '{"compatibility_date":"2026-10-01","rules":[{"type":"Text","globs":["models/*"]}]}',
    /rules\.0\.globs\.0 must be/,
  ],
  [
    'another type',
    '{"compatibility_date":"2026-10-01","rules":[{"type":"Data","globs":[]}]}',
    /rules\.0\.type/,
  ],
  ['a comment behind a value', '{"compatibility_date":"2026-10-01" // why\n}', /whole-line comments/],
])('refuses %s', async (_name, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});
