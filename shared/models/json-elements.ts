/** Cuts the elements of one long list out of a JSON text, so that each is parsed by itself and never all at once. */

export interface CutJson {
  /** The text with the list empty. */
  readonly rest: string;
  /** The text of each element. Ends early where the text is not JSON: `rest` is then not JSON either. */
  readonly elements: () => Generator<string>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/** Looks for `"key":[` outside of strings, `depth` objects deep. Undefined where there is none. */
export function cutElements(text: string, key: string, depth: number): CutJson | undefined {
  const begin = findList(text, key, depth);
  if (begin === undefined) return undefined;
  const end = endOfValue(text, begin);
  if (end === undefined) return undefined;
  return {
    rest: `${text.slice(0, begin)}[]${text.slice(end)}`,
    elements: () => elementsOf(text, begin + 1, end - 1),
  };
}

function findList(text: string, key: string, wanted: number): number | undefined {
  const name = `"${key}"`;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
    else if (code === QUOTE) {
      const end = endOfString(text, at);
      const list = /^\s*:\s*\[/.exec(text.slice(end, end + 32));
      if (depth === wanted && list !== null && text.slice(at, end) === name) return end + list[0].length - 1;
      at = end - 1;
    }
  }
  return undefined;
}

/** Where the list or object that begins at `begin` has ended. */
function endOfValue(text: string, begin: number): number | undefined {
  let depth = 0;
  for (let at = begin; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code) && --depth === 0) return at + 1;
  }
  return undefined;
}

function* elementsOf(text: string, begin: number, end: number): Generator<string> {
  let from = begin;
  let depth = 0;
  for (let at = begin; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if (OPENING.has(code)) depth++;
    else if (CLOSING.has(code)) depth--;
    else if (code === COMMA && depth === 0) {
      yield text.slice(from, at);
      from = at + 1;
    }
  }
  if (from > begin || text.slice(from, end).trim() !== '') yield text.slice(from, end);
}

/** Just behind the closing quote. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}
