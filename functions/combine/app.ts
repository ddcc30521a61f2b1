/** The combine box: lays out the tars of a job, makes each of them, and ends the job. */

import type { Admits } from '../../shared/http/admission.ts';
import { type BoxApp, createBoxApp } from '../../shared/http/box-app.ts';
import { createLog, type Log } from '../../shared/http/log.ts';
import { addTaskRoute } from '../../shared/http/task-route.ts';
import { recordFailure } from '../../shared/pipeline/job-failure.ts';
import { isDone, openJob } from '../../shared/pipeline/open-job.ts';
import { taskSchemas } from '../../shared/pipeline/stage-tasks.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { finishJob } from './finish-job.ts';
import config from './function.json' with { type: 'json' };
import { makeTar } from './make-tar.ts';
import { startCombine } from './start-combine.ts';

const COST_BYTES = config.budget.requestMiB * 1024 * 1024;

export interface CombineDeps {
  readonly openStore: OpenStore;
  readonly queue: TaskQueue;
  readonly log?: Log;
  /** Absent = every task is let in. */
  readonly budget?: Admits | undefined;
}

export function createApp({ openStore, queue, budget, log = createLog('combine') }: CombineDeps): BoxApp {
  const app = createBoxApp({ box: 'combine', log });

  addTaskRoute(app, {
    path: '/start',
    schema: taskSchemas.start,
    log,
    budget,
    costBytes: COST_BYTES,
    async run(task) {
      const job = await openJob(openStore, task);
      if (job === undefined || (await isDone(job.store, task))) return;
      await startCombine(queue, job, task);
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, 'start', error),
  });

  addTaskRoute(app, {
    path: '/tars',
    schema: taskSchemas.tar,
    log,
    budget,
    costBytes: COST_BYTES,
    // Not skipped when the job is done: parts may be left to delete.
    async run(task) {
      const job = await openJob(openStore, task);
      if (job !== undefined) await makeTar(queue, job, task);
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, `tar-${task.tar}`, error),
  });

  addTaskRoute(app, {
    path: '/finish',
    schema: taskSchemas.finish,
    log,
    budget,
    costBytes: COST_BYTES,
    async run(task) {
      const job = await openJob(openStore, task);
      if (job === undefined) return;
      if (await finishJob(job)) log('INFO', 'job done', { job: task.job, records: job.plan.records });
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, 'finish', error),
  });

  return app;
}
