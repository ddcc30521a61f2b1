/** Starts the combine stage: sends one task for every tar that is not made yet. */

import { missingMarkers, repair } from '../../shared/pipeline/fan-in.ts';
import { forEachLimited } from '../../shared/pipeline/limited.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { tarCount } from '../../shared/pipeline/shard-markers.ts';
import { jobRefOf, type StartTask, tarTask } from '../../shared/pipeline/stage-tasks.ts';
import { tarFanIn } from '../../shared/pipeline/tar-markers.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { sendExtras } from './join-rows.ts';
import { layOutTars } from './lay-out-tars.ts';
import { readTotals } from './read-totals.ts';

const ENQUEUES_AT_ONCE = 32;

/** Throws a RetryableError ('stage-incomplete') while shards are missing. */
export async function startCombine(queue: TaskQueue, job: OpenJob, task: StartTask): Promise<void> {
  const { store, plan } = job;
  const ref = jobRefOf(task);
  const totals = await readTotals(store, plan);
  const tree = tarFanIn(ref, tarCount(totals));
  const missing = new Set<number>();
  for await (const tar of missingMarkers(store, tree)) missing.add(tar);
  await forEachLimited(layOutTars(store, plan, totals), ENQUEUES_AT_ONCE, async (place) => {
    if (missing.has(place.tar)) await queue.enqueue(tarTask({ ...ref, ...place }, task.round));
  });
  if (missing.size === 0 && (await repair(store, tree))) await sendExtras(queue, job, ref, task.round);
}
