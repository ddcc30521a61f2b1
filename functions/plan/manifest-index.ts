/**
 * Makes the offset index of a manifest, so that any record is one small read away. Lines are found by their bytes;
 * nothing is decoded, and one chunk at a time is held, whatever the length of a line.
 */

import { encodeEntries, type IndexEntry } from '../../shared/pipeline/index-entry.ts';

/** 64 KiB at a time go to storage. */
const ENTRIES_PER_CHUNK = 4096;

const LINE_FEED = 0x0a;
/** Tab, carriage return, space: a line of these alone is blank and is no record. */
const BLANKS: readonly (number | undefined)[] = [0x09, 0x0d, 0x20];

/** Cuts a stream of JSON Lines into index entries, in chunks of whole entries. */
export async function* indexManifest(manifest: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const cutter = new LineCutter();
  let entries: IndexEntry[] = [];
  for await (const chunk of manifest) {
    for (const entry of cutter.cut(chunk)) {
      entries.push(entry);
      if (entries.length < ENTRIES_PER_CHUNK) continue;
      yield encodeEntries(entries);
      entries = [];
    }
  }
  entries.push(...cutter.end());
  if (entries.length > 0) yield encodeEntries(entries);
}

class LineCutter {
  #lineStart = 0;
  #chunkStart = 0;
  #blank = true;

  /** The non-blank lines that end in this chunk. */
  *cut(chunk: Uint8Array): Iterable<IndexEntry> {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      this.#look(chunk, from, to);
      yield* this.#line(this.#chunkStart + to);
      from = to + 1;
      this.#lineStart = this.#chunkStart + from;
      this.#blank = true;
    }
    this.#look(chunk, from, chunk.byteLength);
    this.#chunkStart += chunk.byteLength;
  }

  /** The last line, when no line feed ends it. */
  end(): Iterable<IndexEntry> {
    return this.#line(this.#chunkStart);
  }

  *#line(end: number): Iterable<IndexEntry> {
    if (!this.#blank) yield { offset: this.#lineStart, length: end - this.#lineStart };
  }

  /** Looks no further than the first byte that is something: in most lines the first byte of all. */
  #look(bytes: Uint8Array, from: number, to: number): void {
    for (let i = from; this.#blank && i < to; i++) this.#blank = BLANKS.includes(bytes[i]);
  }
}
