/** What one shard writes: a part for each split as soon as it has a record, the rows of its records, and its failures. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { createOnce } from '../../shared/pipeline/create-once.ts';
import type { DatasetRow } from '../../shared/pipeline/dataset-row.ts';
import type { FailureCode } from '../../shared/pipeline/failure-codes.ts';
import { type JobRun, partName } from '../../shared/pipeline/object-names.ts';
import type { Part, PartKind, ShardMarker } from '../../shared/pipeline/shard-markers.ts';
import { SPLITS, type Split } from '../../shared/pipeline/split.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import { type PartUpload, startPart } from './part-upload.ts';

export interface ShardIdentity {
  readonly run: JobRun;
  readonly shard: number;
  readonly codeVersion: string;
}

/** A line of failures.jsonl. */
export interface FailureLine {
  readonly position: number;
  readonly record: number;
  readonly offset: number;
  readonly code: FailureCode;
  readonly message: string;
  readonly image: string | undefined;
}

export class ShardOutput {
  readonly #store: ObjectStore;
  readonly #identity: ShardIdentity;
  readonly #parts = new Map<Split, { upload: PartUpload; records: number }>();
  readonly #failures: FailureLine[] = [];
  /** Lines of JSON, a kilobyte each: a shard has at most 1024 records. */
  readonly #rows: string[] = [];

  constructor(store: ObjectStore, identity: ShardIdentity) {
    this.#store = store;
    this.#identity = identity;
  }

  /** Adds one sample to the part of its split, and its row; waits for storage when it is slower. */
  async write(split: Split, blocks: readonly Uint8Array[], row: DatasetRow): Promise<void> {
    const part = this.#parts.get(split) ?? {
      upload: startPart(this.#store, this.#name(split), 'application/x-tar'),
      records: 0,
    };
    this.#parts.set(split, part);
    part.records += 1;
    for (const block of blocks) await part.upload.write(block);
    this.#rows.push(`${JSON.stringify(row)}\n`);
  }

  fail(line: FailureLine): void {
    this.#failures.push(line);
  }

  /**
   * Ends every part and returns the marker to write, which names them.
   * Throws a TerminalError: 'shard-empty' when there is no good record, 'part-differs' (see createOnce).
   */
  async finish(): Promise<ShardMarker> {
    if (this.#parts.size === 0) throw this.#empty();
    const marker: ShardMarker = { counts: { train: 0, val: 0, test: 0, failed: this.#failures.length } };
    for (const split of SPLITS) {
      const part = this.#parts.get(split);
      if (part === undefined) continue;
      marker[split] = partOf(await part.upload.finish(), part.records);
      marker.counts[split] = part.records;
    }
    const failures = this.#failures.map((failure) => `${JSON.stringify(failure)}\n`);
    if (failures.length > 0) marker.failures = await this.#writeLines('failures', failures);
    marker.rows = await this.#writeLines('rows', this.#rows);
    return marker;
  }

  async #writeLines(kind: 'failures' | 'rows', lines: readonly string[]): Promise<Part> {
    const body = Buffer.from(lines.join(''));
    return partOf(await createOnce(this.#store, this.#name(kind), body, 'application/jsonl'), lines.length);
  }

  /** Leaves no half-written part behind. */
  async abort(): Promise<void> {
    await Promise.all([...this.#parts.values()].map(({ upload }) => upload.abort()));
  }

  #name(kind: PartKind): string {
    const { run, shard, codeVersion } = this.#identity;
    return partName(run, { kind, shard, codeVersion });
  }

  #empty(): TerminalError {
    const byCode = new Map<string, number>();
    for (const { code } of this.#failures) byCode.set(code, (byCode.get(code) ?? 0) + 1);
    const codes = [...byCode].map(([code, count]) => `${code} ${count}`).join(', ');
    const { shard } = this.#identity;
    return new TerminalError('shard-empty', `shard ${shard} has no record that can be used: ${codes}`);
  }
}

function partOf({ name, generation, sizeBytes, crc32c }: ObjectInfo, records: number): Part {
  return { name, generation, sizeBytes, crc32c, records };
}
