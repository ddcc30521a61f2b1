/** Writes gzip-compressed tables row by row, in constant memory; a table is there whole or not at all. */

import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { UNFINISHED_SUFFIX } from '../sample-folder.ts';

/** Bytes that are compressed at once. */
const CHUNK_BYTES = 128 * 1024;
/** UTF-8 takes at most so many for each UTF-16 unit. */
const MAX_BYTES_PER_UNIT = 3;

export interface TableWriter {
  add(row: string): void;
  /** To be awaited now and then: compresses what has been added. */
  flush(): Promise<void>;
  /** The table appears. Resolves with what it measures. */
  finish(): Promise<{ readonly rows: number; readonly bytes: number }>;
  /** Leaves no open file; for when it cannot be finished. */
  abandon(): void;
}

export async function createTableWriter(path: string, header: string): Promise<TableWriter> {
  await mkdir(dirname(path), { recursive: true });
  // Node's gzip header holds no time and no name: the same rows give the same bytes.
  const gzip = createGzip();
  const file = createWriteStream(`${path}${UNFINISHED_SUFFIX}`);
  gzip.on('error', (error) => file.destroy(error));
  file.on('error', () => gzip.destroy());
  const written = finished(gzip.pipe(file));
  // A failure is met where the table is flushed or finished.
  written.catch(() => {});
  // One chunk is filled while the other is compressed.
  let filling = new RowBuffer();
  let spare = new RowBuffer();
  filling.add(header);
  let compressed: Promise<unknown> = Promise.resolve();
  let count = 0;
  return {
    add(row) {
      filling.add(row);
      count += 1;
    },
    async flush() {
      if (filling.bytes.byteLength < CHUNK_BYTES) return;
      await compressed;
      const { bytes } = filling;
      const taken = new Promise<void>((resolve) => gzip.write(bytes, () => resolve()));
      compressed = Promise.race([taken, written]);
      compressed.catch(() => {});
      [filling, spare] = [spare, filling];
      filling.clear();
    },
    async finish() {
      await compressed;
      gzip.end(filling.bytes);
      await written;
      await rename(`${path}${UNFINISHED_SUFFIX}`, path);
      return { rows: count, bytes: file.bytesWritten };
    },
    abandon() {
      gzip.destroy();
      file.destroy();
    },
  };
}

/** Rows as bytes: strings put together piece by piece would outlive the young generation and swell the heap. */
class RowBuffer {
  #buffer = Buffer.allocUnsafe(2 * CHUNK_BYTES);
  #length = 0;

  add(row: string): void {
    const most = this.#length + row.length * MAX_BYTES_PER_UNIT + 1;
    if (most > this.#buffer.byteLength) {
      this.#buffer = Buffer.concat([this.bytes], Math.max(most, 2 * this.#buffer.byteLength));
    }
    this.#length += this.#buffer.write(row, this.#length);
    this.#buffer[this.#length] = 0x0a;
    this.#length += 1;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }
}
