/** The join box: cuts the tables of a job by subject, joins each partition, and makes one manifest of them. */

import type { Admits } from '../../shared/http/admission.ts';
import { type BoxApp, createBoxApp } from '../../shared/http/box-app.ts';
import { createLog, type Log } from '../../shared/http/log.ts';
import { addTaskRoute } from '../../shared/http/task-route.ts';
import { climb } from '../../shared/pipeline/fan-in.ts';
import { recordFailure } from '../../shared/pipeline/job-failure.ts';
import { partitionFanIn, scanFanIn } from '../../shared/pipeline/join-markers.ts';
import { sendPartitionTasks, upTo } from '../../shared/pipeline/join-tasks.ts';
import { openJoin } from '../../shared/pipeline/open-join.ts';
import { jobRefOf, joinTask, planJoinedTask, taskSchemas } from '../../shared/pipeline/stage-tasks.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { finishJoin } from './finish-join.ts';
import config from './function.json' with { type: 'json' };
import { joinPartition } from './join-partition.ts';
import { runScan } from './run-scan.ts';

const COST_BYTES = config.budget.requestMiB * 1024 * 1024;

export interface JoinBoxDeps {
  readonly openStore: OpenStore;
  readonly queue: TaskQueue;
  readonly codeVersion: string;
  readonly log?: Log;
  /** Absent = every task is let in. */
  readonly budget?: Admits | undefined;
}

export function createApp(deps: JoinBoxDeps): BoxApp {
  const { openStore, queue, codeVersion, budget, log = createLog('join') } = deps;
  const app = createBoxApp({ box: 'join', log });
  const route = { log, budget, costBytes: COST_BYTES };

  addTaskRoute(app, {
    ...route,
    path: '/scans',
    schema: taskSchemas.scan,
    async run(task) {
      const join = await openJoin(openStore, task);
      if (join === undefined) return;
      await runScan({ openStore, codeVersion }, join, task.scan);
      if (!(await climb(join.store, scanFanIn(join.plan), task.scan))) return;
      await sendPartitionTasks(queue, join.ref, upTo(join.plan.partitions));
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, `scan-${task.scan}`, error),
  });

  addTaskRoute(app, {
    ...route,
    path: '/partitions',
    schema: taskSchemas.partition,
    async run(task) {
      const join = await openJoin(openStore, task);
      if (join === undefined) return;
      await joinPartition({ openStore, codeVersion }, join, task.partition);
      if (!(await climb(join.store, partitionFanIn(join.plan), task.partition))) return;
      await queue.enqueue(joinTask(join.ref));
    },
    onTerminal: (error, task) =>
      recordFailure(openStore(task.bucket), task, `partition-${task.partition}`, error),
  });

  addTaskRoute(app, {
    ...route,
    path: '/finish',
    schema: taskSchemas.join,
    async run(task) {
      const join = await openJoin(openStore, task);
      if (join === undefined || !(await finishJoin(join))) return;
      await queue.enqueue(planJoinedTask(jobRefOf(task)));
      log('INFO', 'joined', { job: task.job });
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, 'join', error),
  });

  return app;
}
