/** The loads of the throughput benchmark: many small objects at once, and a large one, put and got by Google's client. */

import { randomBytes } from 'node:crypto';
import { type Bucket, Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import pLimit from 'p-limit';
import type { StartedServer } from '../differential/other-server.ts';
import { CpuTally } from './process-cpu.ts';

export const LOADS = [
  { name: 'putSmall', unit: 'object' },
  { name: 'getSmall', unit: 'object' },
  { name: 'putLarge', unit: 'MB' },
  { name: 'getLarge', unit: 'MB' },
] as const;

export type Load = (typeof LOADS)[number]['name'];

export interface Rate {
  /** Objects or megabytes (of 10⁶ bytes) in a second. */
  readonly rate: number;
  /** CPU time of the server, all its threads together, for each of them. */
  readonly serverCpuMs: number;
}

export type Measured = Readonly<Record<Load, Rate>>;

const SMALL_OBJECTS = 300;
const SMALL_BYTES = 1024;
const LARGE_BYTES = 64 * 2 ** 20;
const AT_ONCE = 16;

/** One round on one server, in a bucket of its own, which is emptied after it. Throws where other bytes come back. */
export async function measureLoads(server: StartedServer, round: number): Promise<Measured> {
  const storage = new Storage({
    apiEndpoint: server.origin,
    projectId: 'p',
    authClient: new PassThroughClient(),
  });
  const [bucket] = await storage.createBucket(`throughput-${round}`);
  const small = randomBytes(SMALL_BYTES);
  const large = randomBytes(LARGE_BYTES);
  const timed = (units: number, work: () => Promise<unknown>) => measure(server.pid, units, work);
  const megabytes = LARGE_BYTES / 1e6;
  const measured = {
    // As Google advises for small objects: in one call, not as a resumable upload.
    putSmall: await timed(SMALL_OBJECTS, () =>
      forEachSmall((name) => bucket.file(name).save(small, { resumable: false })),
    ),
    getSmall: await timed(SMALL_OBJECTS, () => forEachSmall((name) => readBack(bucket, name, small))),
    putLarge: await timed(megabytes, () => bucket.file('large').save(large)),
    getLarge: await timed(megabytes, () => readBack(bucket, 'large', large)),
  };
  await bucket.deleteFiles();
  return measured;
}

async function forEachSmall(work: (name: string) => Promise<unknown>): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const names = Array.from({ length: SMALL_OBJECTS }, (_, at) => `small/${at}`);
  await Promise.all(names.map((name) => limit(work, name)));
}

async function readBack(bucket: Bucket, name: string, expected: Buffer): Promise<void> {
  const [bytes] = await bucket.file(name).download();
  if (!bytes.equals(expected)) throw new Error(`${name}: other bytes came back`);
}

async function measure(pid: number, units: number, work: () => Promise<unknown>): Promise<Rate> {
  const tally = new CpuTally();
  tally.look('server', [pid]);
  const beforeMs = tally.totalMs('server');
  const startMs = performance.now();
  await work();
  const seconds = (performance.now() - startMs) / 1000;
  tally.look('server', [pid]);
  return { rate: units / seconds, serverCpuMs: (tally.totalMs('server') - beforeMs) / units };
}
