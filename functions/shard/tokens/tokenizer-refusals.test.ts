import { expect, test } from 'vitest';
import { readTokenizer } from './tokenizer.ts';
import { MAX_TOKENIZER_BYTES } from './tokenizer-limits.ts';

const WORDS = { type: 'WordLevel', unk_token: '?', vocab: { '?': 0, a: 1, b: 2 } };
const BPE = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] };
const SPLIT = { type: 'WhitespaceSplit' };

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

const MANY = 'it puts more than 4096 special tokens on a side';
const OF_256 = 'may have 256 chars';

const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const open = (value: unknown) => readTokenizer(bytes(value), 'tokenizer.json');

test.each([
  ['nothing', '', 'is not valid JSON'],
  ['a list', '[]', 'is not valid JSON'],
  ['null', 'null', 'is not valid JSON'],
  ['no model', '{}', 'model: '],
  ['text after the end', `${JSON.stringify({ model: WORDS })} {`, 'is not valid JSON'],
  ['deep nesting', `{"model":${'['.repeat(100_000)}`, 'is not valid JSON'],
  ['a model without vocabulary', { model: { type: 'BPE' } }, 'model: it has no vocab'],
  ['an empty vocabulary', { model: { ...WORDS, vocab: {} } }, 'the vocab is empty'],
  ['a vocabulary of strings', { model: { ...WORDS, vocab: { a: 'b' } } }, 'not the JSON'],
  ['a negative id', { model: { ...WORDS, vocab: { '?': -1 } } }, 'an id must be'],
  ['a huge id', { model: { ...WORDS, vocab: { '?': 1e9 } } }, 'an id must be'],
  ['two vocabularies', '{"model":{"vocab":{},"vocab":{}}}', 'vocab is there twice'],
  ['an unknown token that is not there', { model: { ...WORDS, unk_token: 'zz' } }, 'unk_token'],
  ['a model of another kind', { model: { ...WORDS, type: 'Oracle' } }, 'the type Oracle is not supported'],
  ['dropout', { model: { ...BPE, dropout: 0.1 } }, 'dropout'],
  ['a subword prefix', { model: { ...BPE, continuing_subword_prefix: '##' } }, 'continuing_subword_prefix'],
  ['no merges', { model: { ...BPE, merges: undefined } }, 'it has no merges'],
  ['a merge of unknown tokens', { model: { ...BPE, merges: ['a b', 'a c'] } }, 'merge 2 names a token'],
  ['a merge of three', { model: { ...BPE, merges: [['a', 'b', 'c']] } }, 'two tokens'],
  ['a piece without score', { model: { type: 'Unigram', vocab: [['a']] } }, 'not the JSON'],
  ['an unknown id beyond', { model: { type: 'Unigram', unk_id: 5, vocab: [['a', -1]] } }, 'unk_id'],
  [
    'a precompiled normalizer without a table',
    { model: WORDS, normalizer: { type: 'Precompiled' } },
    'normalizer: precompiled_charsmap is not there',
  ],
  [
    'a replacement without end',
    { model: WORDS, normalizer: { type: 'Replace', pattern: { String: 'a' }, content: 'x'.repeat(999) } },
    'Replace: content must be a text of at most 256 chars',
  ],
  [
    'a normalizer of another kind',
    { model: WORDS, normalizer: { type: 'Oracle' } },
    'normalizer: the type Oracle',
  ],
  [
    'a script',
    { model: WORDS, pre_tokenizer: { type: 'UnicodeScripts' } },
    'pre_tokenizer: the type UnicodeScripts',
  ],
  [
    'matches that are lost',
    { model: WORDS, pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'Lost' } },
    'Split with this behavior',
  ],
  [
    'pieces of no length',
    { model: WORDS, pre_tokenizer: { type: 'FixedLength', length: 0 } },
    'length must be a whole number',
  ],
  [
    'a delimiter that is none',
    { model: WORDS, pre_tokenizer: { type: 'CharDelimiterSplit' } },
    'CharDelimiterSplit: delimiter must be one char',
  ],
  [
    'a pattern that is none',
    { model: WORDS, pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } },
    'tokenizer.json: ',
  ],
  [
    'no pattern',
    { model: WORDS, pre_tokenizer: { type: 'Split', pattern: {}, behavior: 'Isolated' } },
    'pattern',
  ],
  ['a normalizer without pattern', { model: WORDS, normalizer: { type: 'Replace', content: '' } }, 'pattern'],
  [
    'an unknown post-processor',
    { model: WORDS, post_processor: { type: 'Other' } },
    'post_processor: the type Other',
  ],
  [
    'a template without the text',
    { model: WORDS, post_processor: { type: 'TemplateProcessing', single: [], special_tokens: {} } },
    'the text once',
  ],
  [
    'a template of unknown tokens',
    {
      model: WORDS,
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: 'x' } }, { Sequence: { id: 'A' } }],
        special_tokens: {},
      },
    },
    'special_tokens lacks',
  ],
  [
    'a delimiter of two chars',
    { model: WORDS, pre_tokenizer: { type: 'CharDelimiterSplit', delimiter: 'ab' } },
    'CharDelimiterSplit: delimiter must be one char',
  ],
  [
    'a replacement of two chars',
    { model: WORDS, pre_tokenizer: { type: 'Metaspace', replacement: '▁▁' } },
    'Metaspace: replacement must be one char',
  ],
  [
    'a long pattern',
    { model: WORDS, normalizer: { type: 'Replace', pattern: { Regex: 'x'.repeat(4097) } } },
    'Replace: pattern must have a String or a Regex of at most 4096 chars',
  ],
  [
    'a long start',
    { model: WORDS, normalizer: { type: 'Prepend', prepend: 'x'.repeat(257) } },
    'Prepend: prepend must be a text of at most 256 chars',
  ],
  [
    'a start that is no text',
    { model: WORDS, normalizer: { type: 'Prepend', prepend: 5 } },
    'Prepend: prepend must be a text',
  ],
  [
    'a long piece of Unigram',
    { model: { type: 'Unigram', unk_id: 0, vocab: [['a'.repeat(257), -1]] } },
    OF_256,
  ],
  [
    'a long token of WordPiece',
    { model: { ...WORDS, type: 'WordPiece', vocab: { '?': 0, ['a'.repeat(257)]: 1 } } },
    OF_256,
  ],
  [
    'a long prefix of WordPiece',
    { model: { ...WORDS, type: 'WordPiece', continuing_subword_prefix: '#'.repeat(257) } },
    'continuing_subword_prefix',
  ],
  [
    'long words of WordPiece',
    { model: { ...WORDS, type: 'WordPiece', max_input_chars_per_word: 1001 } },
    'model: max_input_chars_per_word: Too big: expected number to be <=1000',
  ],
  [
    'a long added token',
    { model: WORDS, added_tokens: [{ id: 1, content: 'x'.repeat(257) }] },
    'added_tokens.0.content',
  ],
  [
    'an added token that the normalizer makes long',
    { model: WORDS, normalizer: replaceA('aa'), added_tokens: [{ id: 1, content: 'a'.repeat(200) }] },
    `normalized, content ${OF_256}`,
  ],
  ...[
    ['normalizer', 'normalizers'],
    ['pre_tokenizer', 'pretokenizers'],
    ['post_processor', 'processors'],
  ].map(([step = '', list = '']): [string, string, string] => [
    `a deep ${step}`,
    `{"model":${JSON.stringify(WORDS)},"${step}":${nested('Sequence', list, 8000)}}`,
    `${step}: it may be nested 40 deep`,
  ]),
  ['a special token of many ids', { model: WORDS, post_processor: template(200_000, 1) }, MANY],
  ['a special token named often', { model: WORDS, post_processor: template(4000, 2) }, MANY],
  [
    'post-processors with many special tokens',
    {
      model: WORDS,
      post_processor: { type: 'Sequence', processors: [template(3000, 1), template(3000, 1)] },
    },
    MANY,
  ],
  [
    'an added token without content',
    { model: WORDS, added_tokens: [{ id: 1, content: '' }] },
    'added_tokens.0.content',
  ],
])('%s is refused', async (_name, value, message) => {
  const reading = open(value);
  await expect(reading).rejects.toMatchObject({ code: 'tokenizer-invalid' });
  await expect(open(value)).rejects.toThrow(message);
});

test('every cut of a tokenizer is refused', async () => {
  const whole = bytes({ added_tokens: [], pre_tokenizer: SPLIT, model: BPE });
  for (let length = 0; length < whole.length; length++) {
    await expect(readTokenizer(whole.subarray(0, length), 'x')).rejects.toMatchObject({
      code: 'tokenizer-invalid',
    });
  }
});

test('one too large is refused with both numbers', async () => {
  const size = MAX_TOKENIZER_BYTES + 1;
  const reading = readTokenizer(new Uint8Array(size), 'x');
  await expect(reading).rejects.toThrow(
    `x: it has ${size} bytes, and a tokenizer.json may have ${MAX_TOKENIZER_BYTES}`,
  );
});

test('bytes that are no text are refused', async () => {
  await expect(readTokenizer(Buffer.from([0x7b, 0xff]), 'x')).rejects.toThrow('it is not UTF-8');
});

test.each([
  [255, '|u1'],
  [256, '<u2'],
  [65_535, '<u2'],
  [65_536, '<u4'],
])('ids up to %d have the type %s', async (id, dtype) => {
  const tokenizer = await open({
    model: WORDS,
    pre_tokenizer: SPLIT,
    added_tokens: [{ id, content: '<x>' }],
  });
  expect(tokenizer.dtype).toBe(dtype);
  expect([...tokenizer.encode('a <x> b', 9)]).toEqual([1, id, 2]);
});

test('with no room for the special tokens, they are cut', async () => {
  const post_processor = { type: 'BertProcessing', cls: ['a', 1], sep: ['b', 2] };
  const tokenizer = await open({ model: WORDS, pre_tokenizer: SPLIT, post_processor });
  expect([1, 2, 3].map((max) => [...tokenizer.encode('zz zz zz', max)])).toEqual([[1], [1, 2], [1, 0, 2]]);
});

test('names of the prototype are words like others', async () => {
  const tokenizer = await open({ model: WORDS, pre_tokenizer: SPLIT });
  expect([...tokenizer.encode('constructor __proto__ a toString', 9)]).toEqual([0, 0, 1, 0]);
});

test('escapes in a vocabulary are read, and unpaired surrogates in a text are no error', async () => {
  const model =
    '{"type":"WordLevel","unk_token":"?","vocab":{"?":0,"\\u00e9\\n\\ud83d\\ude00\\"":1,"\\ufffd":2}}';
  const tokenizer = await open(`{"model": ${model}}`);
  expect([...tokenizer.encode('é\n😀"', 9)]).toEqual([1]);
  expect([...tokenizer.encode('\ud83d', 9)]).toEqual([2]);
});
