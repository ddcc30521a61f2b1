import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { readCharsmap } from './charsmap.ts';
import { createPrecompiled } from './precompiled-normalizer.ts';

const FIXTURE = join(import.meta.dirname, '../../../test/fixtures/tokenizers/precompiled-unigram.json');
const LEAF = 0x8000_0000;
const HAS_LEAF = 0x100;

/** A table that sentencepiece made. */
let real: Buffer;

beforeAll(async () => {
  const { normalizer } = JSON.parse(await readFile(FIXTURE, 'utf8'));
  real = Buffer.from(normalizer.normalizers[0].precompiled_charsmap, 'base64');
});

const normalizerOf = (bytes: Buffer) =>
  createPrecompiled({ type: 'Precompiled', precompiled_charsmap: bytes.toString('base64') });

/** The units by index, in one block, and the replacements. */
function tableOf(units: Record<number, number>, texts: string | Buffer): Buffer {
  const bytes = Buffer.alloc(4 + 4 * 256);
  bytes.writeUInt32LE(1024, 0);
  for (const [index, unit] of Object.entries(units)) bytes.writeUInt32LE(unit >>> 0, 4 + 4 * Number(index));
  return Buffer.concat([bytes, Buffer.from(texts)]);
}

/** Leads from a state to another, at `offset` from it, by the byte that its index is reached by. */
const step = (label: number, offset: number, flags = 0) => ((offset << 10) | flags | label) >>> 0;

test('a table that was written by hand is read', () => {
  const a = 0x61;
  const units = { 0: 0, [a]: step(a, 1, HAS_LEAF), [a ^ 1]: LEAF | 2 };
  const normalize = normalizerOf(tableOf(units, 'x\0yé\0'));
  expect(normalize('banana')).toBe('byényényé');
  expect(normalize('')).toBe('');
});

test('chars that a reader takes for one are looked up together while they are short', () => {
  const normalize = normalizerOf(real);
  expect(normalize('e\u0301 \u00e9')).toBe('é é');
  // The ligature and its accent are five bytes, and the beginning that is in the table stands for both.
  expect(normalize('\ufb01\u0301x')).toBe('fix');
  // Six bytes: each is looked up by itself.
  expect(normalize('\uff21\u20e3\ufb01\u0301')).toBe('A\u20e3fi');
  expect(normalize('a\r\nb\rc\n')).toBe('a b c ');
  expect(normalize('\u0001a\u0000b\u007f')).toBe('a\u0000b');
  expect(normalize('1\ufe0f\u20e3 \u{1f468}\u200d\u2695\ufe0f')).toBe(
    '1\ufe0f\u20e3 \u{1f468}\u200d\u2695\ufe0f',
  );
});

test('a long text takes its time, and not the square of it', () => {
  const normalize = normalizerOf(real);
  const started = process.cpuUsage();
  expect(normalize(`${'plain text, '.repeat(80_000)}\ufb01`)).toHaveLength(960_002);
  expect(normalize('e\u0301'.repeat(100_000))).toHaveLength(100_000);
  expect(normalize('\u0301'.repeat(200_000))).toHaveLength(200_000);
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10);
});

test('a text is handed to the segmenter once, however many accents it has', () => {
  const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
  try {
    expect(normalizerOf(real)('cafe\u0301, '.repeat(100))).toHaveLength(600);
    expect(segment).toHaveBeenCalledTimes(1);
  } finally {
    segment.mockRestore();
  }
});

test.each([
  ['plain', 'a'],
  ['accented', 'a\u0323\u0323\u0323'],
])('replacements that blow a text up are refused: %s', (_, char) => {
  const a = 0x61;
  const units = { [a]: step(a, 1, HAS_LEAF), [a ^ 1]: LEAF };
  const normalize = normalizerOf(tableOf(units, 'x'.repeat(250)));
  expect(() => normalize(char.repeat(1_000_000))).toThrow(
    'Precompiled makes a text longer than 1048576 chars',
  );
});

test.each<[string, () => unknown, string]>([
  ['none', () => undefined, 'is not there'],
  ['a number', () => 7, 'is not there'],
  ['no base64', () => 'a*b=', 'is not base64'],
  ['base64 with a blank', () => `${real.toString('base64')}\n`, 'is not base64'],
  ['nothing', () => '', 'is too short'],
  ['no trie', () => Buffer.alloc(4).toString('base64'), 'no possible length'],
  ['a trie longer than the table', () => real.subarray(0, 500).toString('base64'), 'no possible length'],
  ['half a block', () => Buffer.from([8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]).toString('base64'), 'no possible'],
  ['a root that is a leaf', () => tableOf({ 0: LEAF }, 'x').toString('base64'), 'without a root'],
  ['a way out', () => tableOf({ 5: step(5, 256) }, 'x').toString('base64'), 'leads out of itself'],
  ['a far way out', () => tableOf({ 5: 0xffff_ffff & ~LEAF }, 'x').toString('base64'), 'out of itself'],
  [
    'a value after the end',
    () => tableOf({ 5: step(5, 1, HAS_LEAF), 4: LEAF | 2 }, 'x\0').toString('base64'),
    'leads to no replacement',
  ],
  [
    'a value within a char',
    () => tableOf({ 5: step(5, 1, HAS_LEAF), 4: LEAF | 1 }, 'é\0').toString('base64'),
    'leads to no replacement',
  ],
  [
    'a replacement without end',
    () => tableOf({ 5: step(5, 1, HAS_LEAF), 4: LEAF }, 'x'.repeat(300)).toString('base64'),
    'leads to no replacement',
  ],
  [
    'bytes that are no text',
    () => tableOf({}, Buffer.from([0xff, 0])).toString('base64'),
    'that are not UTF-8',
  ],
])('a table is refused: %s', (_, table, message) => {
  expect(() => readCharsmap(table())).toThrow(message);
  expect(() => readCharsmap(table())).toThrow(expect.objectContaining({ name: 'TokenizerRefusal' }));
});

test('a trie that leads in a circle ends with the text', () => {
  const a = 0x61;
  // From the state of "a" another "a" leads back to it.
  const normalize = normalizerOf(tableOf({ [a]: step(a, a) }, 'x'));
  expect(normalize('a'.repeat(10_000))).toHaveLength(10_000);
});

test('a table with changed bytes is refused, or gives texts of bounded length', () => {
  let state = 7;
  const draw = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const text = 'e\u0301 \ufb01 \uff21\u3000\u{1f600} plain \u0001 \u00bd';
  const seen = { refused: 0, read: 0 };
  for (let round = 0; round < 400; round++) {
    const damaged = Buffer.from(real);
    for (let i = 0; i <= draw(6); i++) damaged[draw(damaged.length)] = draw(256);
    try {
      expect(normalizerOf(damaged)(text).length).toBeLessThan(256 * text.length);
      seen.read += 1;
    } catch (error) {
      expect(error).toMatchObject({ name: 'TokenizerRefusal' });
      seen.refused += 1;
    }
  }
  expect(seen.read).toBeGreaterThan(20);
  expect(seen.refused).toBeGreaterThan(20);
});
