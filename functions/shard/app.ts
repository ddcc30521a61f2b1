/** The shard box: takes one task per shard, and the one that makes something of all records together. */

import type { TakesHooks } from '../../shared/budget/release-hooks.ts';
import type { Admits } from '../../shared/http/admission.ts';
import { type BoxApp, createBoxApp } from '../../shared/http/box-app.ts';
import { createLog, type Log } from '../../shared/http/log.ts';
import { addTaskRoute } from '../../shared/http/task-route.ts';
import { climb } from '../../shared/pipeline/fan-in.ts';
import { openInputStore } from '../../shared/pipeline/input-store.ts';
import { recordFailure } from '../../shared/pipeline/job-failure.ts';
import { openJob } from '../../shared/pipeline/open-job.ts';
import { shardFanIn } from '../../shared/pipeline/shard-markers.ts';
import { finishTask, jobRefOf, startTask, taskSchemas } from '../../shared/pipeline/stage-tasks.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { makeExtras } from './extras.ts';
import config from './function.json' with { type: 'json' };
import { makeShard } from './make-shard.ts';
import { forgetOpened } from './open-sample-writer.ts';

/**
 * The same for every task, however many records it has: of a shard one record is made while the next is read, and parts
 * leave as they are made. How large an image is its header tells, long after the task was let in, so a task is charged
 * what the largest takes that is accepted (image-limits.ts), with the buffers around it. What a record adds is its place in
 * the index and its row, or its failure: a few KiB each, of 1,024 at most. The extras stream the rows of all.
 */
const COST_BYTES = config.budget.requestMiB * 1024 * 1024;

export interface ShardDeps {
  readonly openStore: OpenStore;
  readonly queue: TaskQueue;
  readonly codeVersion: string;
  readonly log?: Log;
  /** Absent = every task is let in. */
  readonly budget?: (Admits & TakesHooks) | undefined;
}

export function createApp({
  openStore,
  queue,
  codeVersion,
  budget,
  log = createLog('shard'),
}: ShardDeps): BoxApp {
  const app = createBoxApp({ box: 'shard', log });
  // Not with the caches: to open it again takes a shard longer than anything else but its images.
  budget?.register?.({ name: 'tokenizer and knowledge base', level: 'flush', release: forgetOpened });
  addTaskRoute(app, {
    path: '/shards',
    schema: taskSchemas.shard,
    log,
    budget,
    costBytes: COST_BYTES,
    async run(task) {
      const job = await openJob(openStore, task);
      if (job === undefined) return;
      const openInput = (bucket: string) =>
        openInputStore(openStore, job.plan.job, { ownBucket: task.bucket, bucket });
      await makeShard({ openInput, codeVersion }, job, task.shard);
      const allMade = await climb(job.store, shardFanIn(job.plan), task.shard);
      if (allMade) await queue.enqueue(startTask({ ...jobRefOf(task), round: 0 }));
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, `shard-${task.shard}`, error),
  });
  addTaskRoute(app, {
    path: '/extras',
    schema: taskSchemas.extras,
    log,
    budget,
    costBytes: COST_BYTES,
    async run(task) {
      const job = await openJob(openStore, task);
      if (job === undefined || !(await makeExtras(job))) return;
      await queue.enqueue(finishTask(jobRefOf(task), task.round));
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, 'extras', error),
  });
  return app;
}
