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
/** What the two brackets of a side have in common: `[` and `{` differ in this bit alone, and so do `]` and `}`. */
const BRACKET_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** Looks for `"key":[` outside of strings, `depth` objects deep. Undefined where there is none. */
export function cutElements(text: string, key: string, depth: number): CutJson | undefined {
  const begin = findList(text, key, depth);
  if (begin === undefined) return undefined;
  const list = scanList(text, begin);
  if (list === undefined) return undefined;
  return {
    rest: `${text.slice(0, begin)}[]${text.slice(list.end)}`,
    elements: () => elementsOf(text, begin + 1, list),
  };
}

function findList(text: string, key: string, wanted: number): number | undefined {
  const name = `"${key}"`;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code | BRACKET_BIT) === OPENING) depth++;
    else if ((code | BRACKET_BIT) === CLOSING) depth--;
    else if (code === QUOTE) {
      const end = endOfString(text, at);
      const list = /^\s*:\s*\[/.exec(text.slice(end, end + 32));
      if (depth === wanted && list !== null && text.slice(at, end) === name) return end + list[0].length - 1;
      at = end - 1;
    }
  }
  return undefined;
}

interface ScannedList {
  /** Just behind its bracket. */
  readonly end: number;
  /** Where its own commas are. */
  readonly commas: readonly number[];
}

/** Most of a model is in the list, and this looks at every character of it: once. */
function scanList(text: string, begin: number): ScannedList | undefined {
  const commas: number[] = [];
  let depth = 0;
  for (let at = begin; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at) - 1;
    else if ((code | BRACKET_BIT) === OPENING) depth++;
    else if ((code | BRACKET_BIT) === CLOSING && --depth === 0) return { end: at + 1, commas };
    else if (code === COMMA && depth === 1) commas.push(at);
  }
  return undefined;
}

function* elementsOf(text: string, begin: number, { end, commas }: ScannedList): Generator<string> {
  let from = begin;
  for (const comma of commas) {
    yield text.slice(from, comma);
    from = comma + 1;
  }
  const last = text.slice(from, end - 1);
  if (commas.length > 0 || last.trim() !== '') yield last;
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
