/** The plan box: takes the event of a new job.json, plans the job, and takes the sweeps of running jobs. */

import type { Admits } from '../../shared/http/admission.ts';
import { type BoxApp, createBoxApp } from '../../shared/http/box-app.ts';
import { readJsonBody } from '../../shared/http/limited-body.ts';
import { createLog, type Log } from '../../shared/http/log.ts';
import { HttpProblem } from '../../shared/http/problem.ts';
import { addTaskRoute } from '../../shared/http/task-route.ts';
import { recordFailure } from '../../shared/pipeline/job-failure.ts';
import { hasEnded } from '../../shared/pipeline/open-job.ts';
import { type JobRef, planTask, taskSchemas } from '../../shared/pipeline/stage-tasks.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import config from './function.json' with { type: 'json' };
import { findOrMakePlan } from './make-plan.ts';
import { sendJoinTasks, sendPlannedTasks } from './send-tasks.ts';
import { EVENT_LIMIT_BYTES, parseJobEvent } from './storage-event.ts';
import { sweepJob } from './sweep-job.ts';

const COST_BYTES = config.budget.requestMiB * 1024 * 1024;

export interface PlanDeps {
  readonly openStore: OpenStore;
  readonly queue: TaskQueue;
  readonly codeVersion: string;
  readonly log?: Log;
  /** Absent = every task is let in. */
  readonly budget?: Admits | undefined;
}

export function createApp({
  openStore,
  queue,
  codeVersion,
  budget,
  log = createLog('plan'),
}: PlanDeps): BoxApp {
  const app = createBoxApp({ box: 'plan', log });

  // An event has seconds to be answered before it is sent again, so planning is a task. One that is not for us is
  // answered 204 too: sent again it would be no better.
  app.post('/events/storage', async (c) => {
    const event = parseJobEvent(c.req.raw.headers, await eventBody(c.req.raw));
    if (event !== undefined) await queue.enqueue(planTask(event));
    return c.body(null, 204);
  });

  addTaskRoute(app, {
    path: '/plans',
    schema: taskSchemas.plan,
    log,
    budget,
    costBytes: COST_BYTES,
    run: planJob,
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, 'plan', error),
  });

  addTaskRoute(app, {
    path: '/sweep',
    schema: taskSchemas.sweep,
    log,
    budget,
    costBytes: COST_BYTES,
    async run(task) {
      const outcome = await sweepJob({ openStore, queue, nowMs: Date.now() }, task);
      if (outcome === 'resent')
        log('WARNING', 'no progress since the last sweep: missing tasks sent again', { job: task.job });
    },
    onTerminal: (error, task) => recordFailure(openStore(task.bucket), task, 'sweep', error),
  });

  async function planJob(task: JobRef): Promise<void> {
    if (await hasEnded(openStore(task.bucket), task)) return;
    const planned = await findOrMakePlan(openStore, task, codeVersion);
    if (planned === undefined) return;
    if ('joinPlan' in planned) {
      const { scans, partitions } = planned.joinPlan;
      await sendJoinTasks(queue, task, scans.length, Date.now());
      log('INFO', 'join planned', { job: task.job, scans: scans.length, partitions });
      return;
    }
    const { records, shards } = planned.plan;
    await sendPlannedTasks(queue, task, planned.plan, Date.now());
    log('INFO', 'planned', { job: task.job, records, shards });
  }

  return app;
}

/** Undefined for a body that is no JSON, too large, or absent. */
async function eventBody(request: Request): Promise<unknown> {
  try {
    return await readJsonBody(request, EVENT_LIMIT_BYTES);
  } catch (error) {
    if (error instanceof HttpProblem) return undefined;
    throw error;
  }
}
