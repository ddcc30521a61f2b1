import { expect, test } from 'vitest';
import { readTokenizer } from './tokenizer.ts';

const WORDS = { type: 'WordLevel', unk_token: '?', vocab: { '?': 0, a: 1, b: 2 } };

/** Steps that each hold one more. */
function nested(type: string, list: string, depth: number): string {
  return `${`{"type":"${type}","${list}":[`.repeat(depth)}${']}'.repeat(depth)}`;
}

/** A post-processor whose special token has `ids` ids, and stands `times` times before the text. */
function template(ids: number, times: number) {
  const single = [...Array(times).fill({ SpecialToken: { id: 'x' } }), { Sequence: { id: 'A' } }];
  return { type: 'TemplateProcessing', single, special_tokens: { x: { ids: Array(ids).fill(1) } } };
}

/** Makes `content` of each a. */
const replaceA = (content: string) => ({ type: 'Replace', pattern: { String: 'a' }, content });

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const open = (value: unknown) => readTokenizer(bytes(value), 'tokenizer.json');

test('what is at its limit is read', async () => {
  const long = 'a'.repeat(256);
  const unigram = await open({
    model: {
      type: 'Unigram',
      unk_id: 0,
      vocab: [
        ['?', -9],
        [long, -1],
      ],
    },
  });
  expect([...unigram.encode(long, 9)]).toEqual([1]);
  const vocab = { '?': 0, [long]: 1 };
  const wordPiece = await open({
    model: { ...WORDS, type: 'WordPiece', vocab, max_input_chars_per_word: 1000 },
  });
  expect([...wordPiece.encode(long, 9)]).toEqual([1]);
  const normalizer = JSON.parse(nested('Sequence', 'normalizers', 16));
  const framed = await open({ model: WORDS, normalizer, post_processor: template(4096, 1) });
  expect(framed.encode('b', 5000)).toEqual(new Uint8Array([...Array(4096).fill(1), 2]));
  const marked = await open({ model: WORDS, pre_tokenizer: { type: 'Metaspace', replacement: '\u{1f600}' } });
  expect([...marked.encode('a', 9)]).toEqual([0]);
});

const LONG_A = replaceA('a'.repeat(256));
const BYTES = { type: 'ByteLevel' };

test.each([
  ['one step', LONG_A, null, 'normalizer: Replace'],
  [
    'steps that multiply',
    { type: 'Sequence', normalizers: [replaceA('aa'), LONG_A, LONG_A] },
    null,
    'normalizer: Replace',
  ],
  ['bytes of bytes', { type: 'Sequence', normalizers: Array(20).fill(BYTES) }, null, 'normalizer: ByteLevel'],
  [
    'bytes of words',
    null,
    { type: 'Sequence', pretokenizers: Array(20).fill({ ...BYTES, use_regex: false }) },
    'pre_tokenizer: ByteLevel',
  ],
])('a text that grows without end is refused: %s', async (_, normalizer, pre_tokenizer, step) => {
  const tokenizer = await open({ model: WORDS, normalizer, pre_tokenizer });
  expect([...tokenizer.encode('b', 9)]).toEqual([2]);
  const encode = () => tokenizer.encode('aé'.repeat(8000), 9);
  expect(encode).toThrow(`tokenizer.json: ${step} makes a text longer than 1048576 chars`);
  expect(encode).toThrow(expect.objectContaining({ code: 'tokenizer-invalid' }));
});

test('a word of half a million chars takes seconds at most', async () => {
  const repeated = { a: 0, aa: 1, aaaa: 2 };
  const merges = ['a a', 'aa aa'];
  const bpe = await open({ model: { type: 'BPE', vocab: repeated, merges } });
  const unigram = await open({
    model: {
      type: 'Unigram',
      unk_id: 0,
      vocab: [
        ['a', -1],
        ['aaaaaaaa', -2],
      ],
    },
  });
  const wordPiece = await open({ model: { ...WORDS, type: 'WordPiece' } });
  const started = process.cpuUsage();
  expect([...bpe.encode('a'.repeat(500_001), 200_000)].slice(-2)).toEqual([2, 0]);
  expect(unigram.encode('a'.repeat(500_000), 200_000).length).toBe(62_500);
  expect([...wordPiece.encode('a'.repeat(500_000), 9)]).toEqual([0]);
  expect(process.cpuUsage(started).user / 1e6).toBeLessThan(30);
});
