/** The plan box: takes the event of a new job.json and the sweeps of running jobs. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { type BoxApp, createBoxApp } from '../../shared/http/box-app.ts';
import { readJsonBody } from '../../shared/http/limited-body.ts';
import { createLog, type Log } from '../../shared/http/log.ts';
import { HttpProblem } from '../../shared/http/problem.ts';
import { addTaskRoute } from '../../shared/http/task-route.ts';
import { recordFailure } from '../../shared/pipeline/job-failure.ts';
import { hasEnded } from '../../shared/pipeline/open-job.ts';
import { taskSchemas } from '../../shared/pipeline/stage-tasks.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import type { TaskQueue } from '../../shared/tasks/task-queue.ts';
import { findOrMakePlan } from './make-plan.ts';
import { sendPlannedTasks } from './send-tasks.ts';
import { EVENT_LIMIT_BYTES, type JobEvent, parseJobEvent } from './storage-event.ts';
import { sweepJob } from './sweep-job.ts';

export interface PlanDeps {
  readonly openStore: OpenStore;
  readonly queue: TaskQueue;
  readonly codeVersion: string;
  readonly log?: Log;
}

export function createApp({ openStore, queue, codeVersion, log = createLog('plan') }: PlanDeps): BoxApp {
  const app = createBoxApp({ box: 'plan', log });

  // An event that is not for us is answered 204: sent again it would be no better.
  app.post('/events/storage', async (c) => {
    const event = parseJobEvent(c.req.raw.headers, await eventBody(c.req.raw));
    if (event === undefined) return c.body(null, 204);
    try {
      return c.json({ outcome: await planJob(event) });
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      log('ERROR', error.message, { code: error.code, job: event.job });
      await recordFailure(openStore(event.bucket), event.job, 'plan', error);
      return c.json({ outcome: 'failed', code: error.code });
    }
  });

  addTaskRoute(app, {
    path: '/sweep',
    schema: taskSchemas.sweep,
    log,
    async run(task) {
      const outcome = await sweepJob({ openStore, queue, nowMs: Date.now() }, task);
      if (outcome === 'resent')
        log('WARNING', 'no progress since the last sweep: missing tasks sent again', { job: task.job });
    },
    onTerminal: (error, { bucket, job }) => recordFailure(openStore(bucket), job, 'sweep', error),
  });

  async function planJob({ bucket, job, generation }: JobEvent): Promise<'ended' | 'gone' | 'planned'> {
    if (await hasEnded(openStore(bucket), job)) return 'ended';
    const plan = await findOrMakePlan(openStore, { bucket, job, generation }, codeVersion);
    if (plan === undefined) return 'gone';
    await sendPlannedTasks(queue, { bucket, job, generation }, plan, Date.now());
    log('INFO', 'planned', { job, records: plan.records, shards: plan.shards });
    return 'planned';
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
