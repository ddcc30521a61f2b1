/** Learns a small byte-level BPE tokenizer from text and writes it as Hugging Face's libraries read it. */

/** As GPT-2 cuts text: a word takes the blank before it along. */
const PIECE = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const END_OF_TEXT = '<|endoftext|>';

type Pair = readonly [string, string];

interface Piece {
  symbols: string[];
  readonly count: number;
}

/** @param merges at most so many; fewer where the text has no more pairs. */
export function learnTokenizer(texts: Iterable<string>, merges: number): Readonly<Record<string, unknown>> {
  const alphabet = byteAlphabet();
  const pieces = countPieces(texts, alphabet);
  const learnt: Pair[] = [];
  while (learnt.length < merges) {
    const pair = commonestPair(pieces);
    if (pair === undefined) break;
    learnt.push(pair);
    for (const piece of pieces) piece.symbols = merged(piece.symbols, pair);
  }
  return tokenizerDocument([...alphabet].sort(), learnt);
}

/** A printable character for each of the 256 bytes, as GPT-2 has them. */
function byteAlphabet(): string[] {
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let spare = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : spare++));
}

function countPieces(texts: Iterable<string>, alphabet: readonly string[]): Piece[] {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const [piece] of text.matchAll(PIECE)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return [...counts].map(([piece, count]) => ({
    symbols: [...new TextEncoder().encode(piece)].map((byte) => alphabet[byte] ?? ''),
    count,
  }));
}

/** The first of equals in the order of code points, so that no order of text decides. */
function commonestPair(pieces: readonly Piece[]): Pair | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of pieces) {
    for (let at = 1; at < symbols.length; at += 1) {
      const key = `${symbols[at - 1]} ${symbols[at]}`;
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let most = 1;
  for (const [key, count] of counts) {
    if (count > most || (count === most && best !== undefined && key < best)) [best, most] = [key, count];
  }
  const [left, right] = best?.split(' ') ?? [];
  return left === undefined || right === undefined ? undefined : [left, right];
}

function merged(symbols: readonly string[], [left, right]: Pair): string[] {
  const result: string[] = [];
  for (let at = 0; at < symbols.length; at += 1) {
    const isPair = symbols[at] === left && symbols[at + 1] === right;
    result.push(isPair ? left + right : (symbols[at] ?? ''));
    if (isPair) at += 1;
  }
  return result;
}

function tokenizerDocument(alphabet: readonly string[], merges: readonly Pair[]) {
  const tokens = new Set([END_OF_TEXT, ...alphabet, ...merges.map(([left, right]) => left + right)]);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [
      {
        id: 0,
        content: END_OF_TEXT,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries([...tokens].map((token, id) => [token, id])),
      merges,
    },
  };
}
