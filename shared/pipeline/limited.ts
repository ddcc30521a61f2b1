/** Work on many items, a few at a time. */

import pLimit from 'p-limit';

/** Items held at once: a stage may have millions of them. */
const BATCH = 512;

/** Calls `work` on every item, at most `concurrency` at a time. Rejects with the first error. */
export async function forEachLimited<T>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const limit = pLimit(concurrency);
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < BATCH) continue;
    await limit.map(batch, work);
    batch = [];
  }
  await limit.map(batch, work);
}
