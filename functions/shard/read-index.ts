/** Finds the lines of a shard's records in the manifest: scattered small entries of the index, read in few requests. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { decodeEntry, INDEX_ENTRY_BYTES, type IndexEntry } from '../../shared/pipeline/index-entry.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';

/** Reading this much for nothing costs less than another request. */
const MAX_GAP_BYTES = 64 * 1024;
/** What one read may hold in memory. */
const MAX_READ_BYTES = 1024 * 1024;

/** The index entries of these records, in the order asked for. */
export async function readIndex(
  store: ObjectStore,
  { index }: Pick<Plan, 'index'>,
  records: readonly number[],
): Promise<IndexEntry[]> {
  const found = new Map<number, IndexEntry>();
  for (const run of coalesce(records)) {
    const bytes = await readRange(store, index, run);
    for (const record of run.records) {
      const from = (record - run.first) * INDEX_ENTRY_BYTES;
      found.set(record, decodeEntry(bytes.subarray(from, from + INDEX_ENTRY_BYTES)));
    }
  }
  return records.flatMap((record) => found.get(record) ?? []);
}

interface Run {
  readonly first: number;
  last: number;
  readonly records: number[];
}

function coalesce(records: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const record of records.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    const near = run !== undefined && (record - run.last) * INDEX_ENTRY_BYTES <= MAX_GAP_BYTES;
    if (near && (record + 1 - run.first) * INDEX_ENTRY_BYTES <= MAX_READ_BYTES) {
      run.last = record;
      run.records.push(record);
    } else {
      runs.push({ first: record, last: record, records: [record] });
    }
  }
  return runs;
}

async function readRange(
  store: ObjectStore,
  index: Plan['index'],
  { first, last }: Run,
): Promise<Uint8Array> {
  const startByte = first * INDEX_ENTRY_BYTES;
  const bytes = new Uint8Array((last + 1) * INDEX_ENTRY_BYTES - startByte);
  const range = { generation: index.generation, startByte, endByteExclusive: startByte + bytes.byteLength };
  let filled = 0;
  try {
    for await (const chunk of store.read(index.name, range)) {
      bytes.set(chunk, filled);
      filled += chunk.byteLength;
    }
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    throw new TerminalError('job-invalid', `${index.name} was deleted while the job ran`, { cause: error });
  }
  if (filled < bytes.byteLength) throw new TerminalError('job-invalid', `${index.name} is too short`);
  return bytes;
}
