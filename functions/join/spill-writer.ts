/**
 * Cuts rows into partitions in a fixed amount of memory: rows are collected as they come, and whenever so many bytes are
 * full, they are written as one object, sorted by partition. Where a spill ends depends on the rows alone, so a task that
 * runs again writes the same ones.
 *
 * A spill is a table of `partitions + 1` little-endian 64-bit offsets, and then the sections, one after another. A
 * section is lines of fields with tabs between them.
 */

import { createOnce } from '../../shared/pipeline/create-once.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { partitionOf } from './partition-of.ts';

/** Held twice for a moment, and twice more by the client that sends it. */
const SPILL_BYTES = 8 * 1024 * 1024;
const SPILL_ROWS = 256 * 1024;
/** A UTF-16 unit takes no more in UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
const OFFSET_BYTES = 8;

export interface SpillWriterOptions {
  readonly store: ObjectStore;
  readonly partitions: number;
  /** The name of spill number `spill`. */
  readonly nameOf: (spill: number) => string;
  /** For tests; 8 MiB by default. */
  readonly spillBytes?: number;
}

/** Where the offsets of the section lie in a spill: its first byte and one past its last. */
export function sectionEntry(partition: number): { startByte: number; endByteExclusive: number } {
  return { startByte: partition * OFFSET_BYTES, endByteExclusive: (partition + 2) * OFFSET_BYTES };
}

/** @param bytes what lies at `sectionEntry`. */
export function decodeSectionEntry(bytes: Buffer): { startByte: number; endByteExclusive: number } {
  return {
    startByte: Number(bytes.readBigUInt64LE(0)),
    endByteExclusive: Number(bytes.readBigUInt64LE(OFFSET_BYTES)),
  };
}

export class SpillWriter {
  readonly #options: SpillWriterOptions;
  readonly #rows: Buffer;
  readonly #starts = new Uint32Array(SPILL_ROWS + 1);
  readonly #partitions = new Uint16Array(SPILL_ROWS);
  readonly #waiting: Buffer[] = [];
  readonly #written: ObjectInfo[] = [];
  #rowCount = 0;
  #fullBytes = 0;

  constructor(options: SpillWriterOptions) {
    this.#options = options;
    this.#rows = Buffer.allocUnsafe(options.spillBytes ?? SPILL_BYTES);
  }

  /** @param fields free of tabs and line feeds; the first is the subject. */
  add(fields: readonly string[]): void {
    const line = `${fields.join('\t')}\n`;
    const mostBytes = line.length * MAX_BYTES_PER_UNIT;
    if (this.#fullBytes + mostBytes > this.#rows.byteLength || this.#rowCount === SPILL_ROWS) this.#seal();
    this.#partitions[this.#rowCount] = partitionOf(Number(fields[0]), this.#options.partitions);
    this.#fullBytes += this.#rows.write(line, this.#fullBytes);
    this.#rowCount += 1;
    this.#starts[this.#rowCount] = this.#fullBytes;
  }

  /** Writes what is full. To be awaited now and then: until then it is held. Throws as createOnce does. */
  async flush(): Promise<void> {
    for (let body = this.#waiting.shift(); body !== undefined; body = this.#waiting.shift()) {
      const { store, nameOf } = this.#options;
      const name = nameOf(this.#written.length);
      this.#written.push(await createOnce(store, name, body, 'application/octet-stream'));
    }
  }

  /** Writes the rest. The spills in order. */
  async finish(): Promise<readonly ObjectInfo[]> {
    if (this.#rowCount > 0) this.#seal();
    await this.flush();
    return this.#written;
  }

  /** A counting sort: rows keep their order within a partition. */
  #seal(): void {
    const { partitions } = this.#options;
    const offsets = new Float64Array(partitions + 1);
    const sizeOf = (row: number) => (this.#starts[row + 1] ?? 0) - (this.#starts[row] ?? 0);
    for (let row = 0; row < this.#rowCount; row++) {
      const after = (this.#partitions[row] ?? 0) + 1;
      offsets[after] = (offsets[after] ?? 0) + sizeOf(row);
    }
    offsets[0] = (partitions + 1) * OFFSET_BYTES;
    for (let i = 1; i <= partitions; i++) offsets[i] = (offsets[i] ?? 0) + (offsets[i - 1] ?? 0);
    const body = Buffer.allocUnsafe(offsets[partitions] ?? 0);
    offsets.forEach((offset, i) => {
      body.writeBigUInt64LE(BigInt(offset), i * OFFSET_BYTES);
    });
    for (let row = 0; row < this.#rowCount; row++) {
      const partition = this.#partitions[row] ?? 0;
      const at = offsets[partition] ?? 0;
      this.#rows.copy(body, at, this.#starts[row], this.#starts[row + 1]);
      offsets[partition] = at + sizeOf(row);
    }
    this.#waiting.push(body);
    this.#rowCount = 0;
    this.#fullBytes = 0;
  }
}
