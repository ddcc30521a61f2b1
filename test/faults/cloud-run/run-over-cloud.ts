/** One small job over a local cloud of its own, through Google's clients, while that cloud misbehaves. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMovableClock, type MovableClock } from '../../../infra/local/cloud/clock-movable.ts';
import { parseCloudConfig } from '../../../infra/local/cloud/cloud-config-file.ts';
import { type LocalCloud, startLocalCloud } from '../../../infra/local/cloud/local-cloud.ts';
import { cloudConfig } from '../../../infra/local/cloud-config.ts';
import { loadFunctions } from '../../../infra/registry/registry.ts';
import { openGoogleStore } from '../../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { BUCKET } from '../../fixtures/pipeline/pipeline-run.ts';
import { QUEUES } from '../../fixtures/pipeline/served-boxes.ts';
import type { JobKind, Mutation, Outcome } from '../schedules/scheduled-job.ts';
import { lookAt } from '../schedules/scheduled-job.ts';
import { type CloudBoxes, serveCloudBoxes } from './cloud-boxes.ts';
import { writeJob } from './cloud-jobs.ts';
import { createFaultWatch } from './fault-watch.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** On the cloud's clock: longer than any task waits between two early attempts, shorter than until a sweep. */
const STEP_MS = 30_000;
/** On the cloud's clock: a job that stands still has failed after some 14 hours. */
const LIMIT_MS = 24 * 3_600_000;
/** Of real time: the clock overtakes whoever is at work for longer, so that a deadline can pass, but not by more than a step. */
const SETTLE_MS = 250;

export interface CloudRunOptions {
  /** Of the cloud's faults; absent = none. */
  readonly chaos?: string | undefined;
  readonly mutate?: Mutation | undefined;
}

export interface CloudRun {
  readonly outcome: Outcome;
  /** How often each kind of fault was met, as a FaultWatch names it. */
  readonly met: ReadonlyMap<string, number>;
}

/** Throws where the job goes on for ever. */
export async function runOverCloud(
  kind: JobKind,
  { chaos, mutate = (seen) => seen }: CloudRunOptions = {},
): Promise<CloudRun> {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-chaos-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const clock = createMovableClock();
  const watch = createFaultWatch(chaos);
  const boxes = await serveCloudBoxes({ clock, mutate, onDelivery: watch.sawDelivery });
  stack.defer(() => boxes.close());
  const config = parseCloudConfig(
    cloudConfig(await loadFunctions(ROOT), { ...QUEUES, bucket: BUCKET, boxUrl: boxes.boxUrl }),
  );
  const during = async <T>(seed: string | undefined, act: (cloud: LocalCloud) => Promise<T>): Promise<T> => {
    const chaosOptions = { onFault: watch.sawFault, killCaller: boxes.kill };
    const options = { ...config, dir, port: 0, clock, chaos: seed, chaosOptions, log: () => {} };
    const cloud = await startLocalCloud(options);
    try {
      return await act(cloud);
    } finally {
      await cloud.close();
    }
  };
  // What a user does, and who looks at the end, is left in peace: what is under test are the boxes.
  await during(undefined, (cloud) => writeJob(kind, bucketOf(cloud)));
  await during(chaos, async (cloud) => {
    using _ = watch.answersOf(cloud.origin);
    await runToEnd(cloud, clock, boxes);
  });
  const outcome = await during(undefined, async (cloud) =>
    lookAt(bucketOf(cloud), await countWaiting(cloud)),
  );
  return { outcome, met: watch.met };
}

/** Until nothing waits and nobody is at work. A worker whose caller has given it up ends before the next step of time. */
async function runToEnd(cloud: LocalCloud, clock: MovableClock, boxes: CloudBoxes): Promise<void> {
  const endMs = clock.now() + LIMIT_MS;
  boxes.workFor(cloud.origin);
  for (;;) {
    await ask(cloud, '/_pillbox/clock', { advanceMs: STEP_MS, settleMs: SETTLE_MS });
    await boxes.idle();
    if ((await countWaiting(cloud)) === 0) return boxes.idle();
    if (clock.now() > endMs) throw new Error('tasks are retried for ever');
  }
}

/** Tasks and events that are still to be delivered. */
async function countWaiting(cloud: LocalCloud): Promise<number> {
  const { queues } = (await ask(cloud, '/_pillbox/queues')) as { queues: Counted[] };
  const { subscriptions } = (await ask(cloud, '/_pillbox/events')) as { subscriptions: Counted[] };
  return [...queues, ...subscriptions].reduce((sum, { tasks }) => sum + tasks, 0);
}

interface Counted {
  readonly tasks: number;
}

async function ask({ origin }: LocalCloud, path: string, body?: unknown): Promise<unknown> {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(origin + path, init);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

const bucketOf = ({ origin }: LocalCloud): ObjectStore =>
  openGoogleStore({ endpoint: origin, projectId: QUEUES.projectId })(BUCKET);
