/** Reads JSON from its bytes value by value, so that a file of megabytes need not become one string and one object. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
/** `-`, `+`, `.`, digits, letters: numbers, true, false and null. */
const isScalarByte = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2d ||
  byte === 0x2b ||
  byte === 0x2e ||
  byte === 0x45;

/** Every method throws a SyntaxError that names the byte where the JSON is not what was asked for. */
export class JsonReader {
  readonly #bytes: Buffer;
  #at: number;

  /** @param start where a value begins, or blanks before it. */
  constructor(bytes: Uint8Array, start = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  /** Yields each key of an object; before the next is asked for, its value must have been read. */
  *keys(): Generator<string> {
    this.#take(0x7b);
    if (this.#tryTake(0x7d)) return;
    do {
      const key = this.string();
      this.#take(0x3a);
      yield key;
    } while (this.#tryTake(COMMA));
    this.#take(0x7d);
  }

  /** Yields once for each item of an array; before the next is asked for, it must have been read. */
  *items(): Generator<void> {
    this.#take(0x5b);
    if (this.#tryTake(0x5d)) return;
    do yield;
    while (this.#tryTake(COMMA));
    this.#take(0x5d);
  }

  string(): string {
    this.#skipBlanks();
    const start = this.#at;
    const escaped = this.#skipString();
    if (escaped) return JSON.parse(this.#bytes.toString('utf8', start, this.#at));
    return this.#bytes.toString('utf8', start + 1, this.#at - 1);
  }

  number(): number {
    this.#skipBlanks();
    const start = this.#at;
    while (isScalarByte(this.#bytes[this.#at] ?? 0)) this.#at++;
    const text = this.#bytes.toString('latin1', start, this.#at);
    if (!NUMBER.test(text)) this.#fail(start);
    return Number(text);
  }

  /** Whether an array is next. */
  atArray(): boolean {
    this.#skipBlanks();
    return this.#bytes[this.#at] === 0x5b;
  }

  /**
   * Passes a value by, looking no closer than where it ends. Returns its first byte, the one after it, and how many lists
   * and objects are open where most of them are.
   */
  skip(): { readonly start: number; readonly end: number; readonly nesting: number } {
    this.#skipBlanks();
    const start = this.#at;
    let depth = 0;
    let nesting = 0;
    do {
      const byte = this.#bytes[this.#at] ?? this.#fail();
      if (byte === QUOTE) this.#skipString();
      else {
        if (OPENING.has(byte)) depth++;
        else if (CLOSING.has(byte)) depth--;
        nesting = Math.max(nesting, depth);
        this.#at++;
        if (depth === 0 && isScalarByte(byte)) {
          while (isScalarByte(this.#bytes[this.#at] ?? 0)) this.#at++;
        }
      }
    } while (depth > 0);
    return { start, end: this.#at, nesting };
  }

  /** Returns whether the string has escapes. */
  #skipString(): boolean {
    const bytes = this.#bytes;
    let at = this.#at;
    if (bytes[at] !== QUOTE) this.#fail();
    let escaped = false;
    for (at++; bytes[at] !== QUOTE; at++) {
      if (at >= bytes.length) this.#fail();
      if (bytes[at] === BACKSLASH) {
        escaped = true;
        at++;
      }
    }
    this.#at = at + 1;
    return escaped;
  }

  #skipBlanks(): void {
    while (BLANKS.has(this.#bytes[this.#at] ?? 0)) this.#at++;
  }

  #tryTake(byte: number): boolean {
    this.#skipBlanks();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  #take(byte: number): void {
    if (!this.#tryTake(byte)) this.#fail();
  }

  #fail(at = this.#at): never {
    throw new SyntaxError(`not the JSON that belongs there, at byte ${at}`);
  }
}
