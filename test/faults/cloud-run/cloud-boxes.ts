/** The boxes of the pipeline behind one HTTP server in this process: they can be killed, and tell when none is at work. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { createApp as createCombine } from '../../../functions/combine/app.ts';
import { createApp as createJoin } from '../../../functions/join/app.ts';
import { createApp as createPlan } from '../../../functions/plan/app.ts';
import { createApp as createShard } from '../../../functions/shard/app.ts';
import type { Clock } from '../../../infra/local/cloud/clock.ts';
import { openGoogleStore } from '../../../shared/storage/google-object-store.ts';
import { openGoogleQueue } from '../../../shared/tasks/google-task-queue.ts';
import type { TaskQueue } from '../../../shared/tasks/task-queue.ts';
import { BUCKET } from '../../fixtures/pipeline/pipeline-run.ts';
import { QUEUES } from '../../fixtures/pipeline/served-boxes.ts';
import type { Mutation } from '../schedules/scheduled-job.ts';
import { runAs, Worker } from '../schedules/worker.ts';
import { mortalQueue, mortalStore } from './mortal-ports.ts';

export interface CloudBoxes {
  /** With `{box}`, as the environment of a box has it. */
  readonly boxUrl: string;
  /** From now on the boxes work for the cloud at this origin; until then they are nowhere to be found. */
  workFor(origin: string): void;
  /** Ends what the boxes are at, and their connections, as if their process was killed and started again. */
  kill(): void;
  /** Resolves when no box is at work, those included whose caller no longer waits. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface CloudBoxesOptions {
  /** Of the cloud: what a box schedules for later is later on it, too. */
  readonly clock: Clock;
  readonly mutate: Mutation;
  /** Told of each task and event as it arrives. */
  readonly onDelivery: (request: Request, worker: Worker) => void;
}

export async function serveCloudBoxes({ clock, mutate, onDelivery }: CloudBoxesOptions): Promise<CloudBoxes> {
  let app = new Hono();
  const atWork = new Map<Worker, Promise<unknown>>();
  const server = createAdaptorServer({
    async fetch(request) {
      const worker = new Worker(new URL(request.url).pathname.slice(1));
      onDelivery(request, worker);
      const work = runAs(worker, async () => app.fetch(request));
      atWork.set(worker, work);
      return work.finally(() => atWork.delete(worker));
    },
  });
  const cutConnections = () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const boxUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/{box}`;
  return {
    boxUrl,
    workFor(endpoint) {
      const bucket = mortalStore(openGoogleStore({ endpoint, projectId: QUEUES.projectId })(BUCKET));
      const queue = mortalQueue(inTimeOf(clock, openGoogleQueue({ ...QUEUES, endpoint, boxUrl })));
      const deps = (box: string) => {
        const seen = mutate(bucket, bucket, box);
        return { openStore: () => seen, queue, codeVersion: 'test', log: () => {} };
      };
      app = new Hono();
      app.route('/plan', createPlan(deps('plan')));
      app.route('/join', createJoin(deps('join')));
      app.route('/shard', createShard(deps('shard')));
      app.route('/combine', createCombine(deps('combine')));
    },
    kill() {
      for (const worker of atWork.keys()) worker.isKilled = true;
      cutConnections();
    },
    async idle() {
      while (atWork.size > 0) await Promise.allSettled(atWork.values());
    },
    async close() {
      server.close();
      cutConnections();
      await once(server, 'close');
    },
  };
}

/** Boxes take the time from the system; on a clock that was moved on, ten minutes from then may be over already. */
function inTimeOf(clock: Clock, queue: TaskQueue): TaskQueue {
  return {
    enqueue({ scheduleTime, ...task }) {
      if (scheduleTime === undefined) return queue.enqueue(task);
      const aheadMs = clock.now() - Date.now();
      return queue.enqueue({ ...task, scheduleTime: new Date(scheduleTime.getTime() + aheadMs) });
    },
  };
}
