/** What the supervisor tells of its boxes: for each its figures, and each of its processes. */

import type { BoxInstance } from './box-instance.ts';
import { type BoxMetrics, createMetricsReader } from './box-metrics.ts';
import type { BoxPool, PlacedInstance } from './box-pool.ts';
import type { FunctionStats } from './supervisor.ts';

export interface InstanceReport {
  readonly pid: number;
  readonly state: BoxInstance['state'];
  /** Absent until it listens. */
  readonly port?: number;
  readonly residentMiB: number;
  /** Absent where the system does not say. */
  readonly anonymousMiB?: number;
  readonly peakMiB: number;
  readonly requestsInWork: number;
  readonly uptimeSeconds: number;
  /** What it says of itself; absent where it has no metrics or has not answered yet. */
  readonly metrics?: BoxMetrics;
}

export interface BoxReport extends Omit<FunctionStats, 'instances' | 'pids'> {
  readonly instances: readonly InstanceReport[];
}

type ReportedBox = FunctionStats & { readonly pool: Pick<BoxPool, 'instances'> };

const MIB = 1024 * 1024;

/** Remembers between reports what instances said of themselves. The function it returns never rejects. */
export function createReporter(): (boxes: readonly ReportedBox[]) => Promise<BoxReport[]> {
  const readMetrics = createMetricsReader();
  return (boxes) =>
    Promise.all(
      boxes.map(async ({ pool, instances: _, pids: __, ...stats }) => ({
        ...stats,
        instances: await Promise.all(
          pool.instances.map(async (placed) => describe(placed, await readMetrics(placed.instance))),
        ),
      })),
    );
}

async function describe(
  { instance, requests }: PlacedInstance,
  metrics: BoxMetrics | undefined,
): Promise<InstanceReport> {
  const memory = await instance.sampleMemory();
  const { pid, state, port, peakBytes, startedMs } = instance;
  return {
    pid,
    state,
    ...(port === 0 ? {} : { port }),
    residentMiB: mib(memory?.residentBytes ?? 0),
    ...(memory?.anonymousBytes === undefined ? {} : { anonymousMiB: mib(memory.anonymousBytes) }),
    peakMiB: mib(peakBytes),
    requestsInWork: requests,
    uptimeSeconds: Math.round((performance.now() - startedMs) / 1000),
    ...(metrics === undefined ? {} : { metrics }),
  };
}

function mib(bytes: number): number {
  return Math.round((bytes / MIB) * 10) / 10;
}
