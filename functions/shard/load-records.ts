/** The records of one shard in output order, with their reports and images: while one is worked on, the next is already being read. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import type { IndexEntry } from '../../shared/pipeline/index-entry.ts';
import { createPermutation } from '../../shared/pipeline/permutation.ts';
import { type Plan, shardRange } from '../../shared/pipeline/plan-document.ts';
import type { RecordLine } from '../../shared/pipeline/record-line.ts';
import type { ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import { readRecord } from './manifest-line.ts';
import { type CompressedImage, readImage } from './read-image.ts';
import { readIndex } from './read-index.ts';
import { readReport } from './read-report.ts';
import { RecordFailure } from './record-failure.ts';

export interface Place {
  /** In the output, from 0. */
  readonly position: number;
  /** Among the non-blank lines of the manifest, from 1. */
  readonly record: number;
  /** First byte of the line in the manifest. */
  readonly offset: number;
}

export interface LoadedContent {
  readonly line: RecordLine;
  readonly report: string;
  readonly image: CompressedImage;
}

export interface LoadedRecord {
  readonly place: Place;
  readonly content: LoadedContent | RecordFailure;
}

export async function* loadRecords(
  openInput: OpenStore,
  store: ObjectStore,
  plan: Plan,
  shard: number,
): AsyncIterable<LoadedRecord> {
  const { start, end } = shardRange(plan, shard);
  const permutation = createPermutation(plan.records, plan.job.seed);
  const records = Array.from({ length: end - start }, (_, i) => permutation.indexAt(start + i));
  const entries = await readIndex(store, plan, records);
  const load = async (i: number, entry: IndexEntry, turn: Promise<void>): Promise<LoadedRecord> => {
    const place = { position: start + i, record: (records[i] ?? 0) + 1, offset: entry.offset };
    return { place, content: await loadContent(openInput, plan, { entry, turn }) };
  };
  let current: Promise<LoadedRecord> | undefined;
  let doneWithCurrent = Promise.withResolvers<void>();
  doneWithCurrent.resolve();
  try {
    for (const [i, entry] of entries.entries()) {
      const next = load(i, entry, doneWithCurrent.promise);
      // Should the shard fail meanwhile, nobody waits for this one any more.
      next.catch(() => {});
      if (current !== undefined) yield await current;
      doneWithCurrent.resolve();
      doneWithCurrent = Promise.withResolvers<void>();
      current = next;
    }
    if (current !== undefined) yield await current;
  } finally {
    // A large image that waits for its turn would wait for ever, its connection open, once the shard has failed.
    doneWithCurrent.promise.catch(() => {});
    doneWithCurrent.reject(new RetryableError('storage-unavailable', 'the shard has ended'));
  }
}

async function loadContent(
  openInput: OpenStore,
  plan: Plan,
  { entry, turn }: { entry: IndexEntry; turn: Promise<void> },
): Promise<LoadedRecord['content']> {
  try {
    const { line, image: location, report: object } = await readRecord(openInput, plan, entry);
    // First the report: a record without one needs no image.
    const report = object === undefined ? line.report : await readReport(openInput, object, line.image);
    const image = await readImage(openInput, { location, source: line.image, turn });
    return { line, report: report ?? '', image };
  } catch (error) {
    if (error instanceof RecordFailure) return error;
    throw error;
  }
}
