/** What has come of a job, as far as two runs of it must agree, and where they do not. */

import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import {
  listNames,
  listRecordsLeft,
  readBytes,
  readMetadata,
  readOutputs,
} from '../../fixtures/pipeline/read-outputs.ts';
import type { Outcome } from '../schedules/scheduled-job.ts';

/** @param enqueued tasks and events that nobody took. */
export async function lookAt(store: ObjectStore, enqueued: number): Promise<Outcome> {
  const names = await listNames(store, 'jobs/demo/');
  return {
    outputs: await readOutputs(store),
    // Some names hold a generation.
    names: names.map((name) => name.replaceAll(/\d{16}/g, '*')),
    left: [...(await listRecordsLeft(store)), ...(await listNames(store, 'jobs/demo/failed/'))],
    countsAddUp: await doCountsAddUp(store),
    enqueued,
  };
}

/** Undefined where all is as it should be. */
export function problemOf(outcome: Outcome, expected: Outcome): string | undefined {
  const outputs = new Set([...Object.keys(expected.outputs), ...Object.keys(outcome.outputs)]);
  const differing = [...outputs].filter((name) => outcome.outputs[name] !== expected.outputs[name]);
  const foreign = [...new Set(outcome.names).symmetricDifference(new Set(expected.names))];
  const problems = [
    ...(differing.length > 0 ? [`other outputs: ${differing.join(', ')}`] : []),
    ...(foreign.length > 0 ? [`other objects: ${foreign.join(', ')}`] : []),
    ...(outcome.left.length > 0 ? [`left behind: ${outcome.left.join(', ')}`] : []),
    ...(outcome.enqueued > 0 ? [`${outcome.enqueued} tasks or events wait`] : []),
    ...(outcome.countsAddUp ? [] : ['the counts do not add up']),
  ];
  return problems.length > 0 ? problems.join('; ') : undefined;
}

/** Records in are records out and failures, and each failure has its line. */
async function doCountsAddUp(store: ObjectStore): Promise<boolean> {
  if ((await store.stat('jobs/demo/out/metadata.json')) === undefined) return false;
  const { records, failed, splits } = await readMetadata(store);
  const lines = String(await readBytes(store, 'jobs/demo/out/failures.jsonl')).split('\n').length - 1;
  return failed === lines && splits.train + splits.val + splits.test + failed === records;
}
