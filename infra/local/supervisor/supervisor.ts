/** Runs every box as processes of this machine, behind one address, within their memory limits. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { BoxPool } from './box-pool.ts';
import { type BoxReport, createReporter } from './box-report.ts';
import { createFront, type FrontBox } from './front.ts';

export interface SupervisorOptions {
  readonly functions: readonly RegisteredFunction[];
  /** 0 = any. */
  readonly port: number;
  /** All that boxes find in their environment, beside what the supervisor itself adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every line that a box prints. */
  readonly onLine?: (box: string, line: string) => void;
  /** What a user should see at once: a box killed over its limit, a box that dies or does not start. */
  readonly onNotice?: (message: string) => void;
  /** An instance without requests for so long is ended. */
  readonly idleMs?: number;
  /** From SIGTERM to SIGKILL when the supervisor stops. */
  readonly stopGraceMs?: number;
  readonly startTimeoutMs?: number;
  /** How long a request may wait for an instance, and how many may wait at each box, before they are answered 429. */
  readonly waitMs?: number;
  readonly maxWaiting?: number;
  /** A memory cgroup in which one may be made for each instance; absent = limits are enforced by watching. */
  readonly cgroupParent?: string | undefined;
}

export interface FunctionStats {
  readonly function: string;
  readonly limitMiB: number;
  /** The most that any of its processes ever held. */
  readonly peakMiB: number;
  readonly enforcedBy: 'cgroup' | 'watch';
  /** From start to ready, of the latest start; absent before the first. */
  readonly coldStartMs: number | undefined;
  readonly instances: number;
  readonly pids: readonly number[];
  readonly requests: number;
  /** Starts that followed a death. */
  readonly restarts: number;
  /** Deaths over the memory limit. */
  readonly kills: number;
  /** Instances that asked to be replaced. */
  readonly recycles: number;
  /** Requests that wait for an instance. */
  readonly waiting: number;
  /** Time in which an instance had a request in work, all instances together: what Cloud Run bills. */
  readonly busyMs: number;
}

export interface Supervisor {
  /** Without a trailing slash. */
  readonly origin: string;
  stats(): FunctionStats[];
  /** The same and more, read anew from every process. */
  report(): Promise<BoxReport[]>;
  /** Ends every process: SIGTERM, and SIGKILL after the grace. May be called twice. */
  stop(): Promise<void>;
}

const MIB = 1024 * 1024;

/** Resolves once the front listens; no box is started before its first request. Rejects when the port is taken. */
export async function startSupervisor(options: SupervisorOptions): Promise<Supervisor> {
  const { functions, port, cgroupParent = process.env['PILLBOX_CGROUP_PARENT'] } = options;
  const boxes = functions.map((fn) => ({ fn, pool: createPool(fn, { ...options, cgroupParent }) }));
  const fronts = boxes.map(({ fn, pool }): [string, FrontBox] => [
    fn.name,
    {
      limitMiB: fn.config.memoryMiB,
      timeoutMs: fn.config.timeoutSeconds * 1000,
      acquire: (signal) => pool.acquire(signal),
    },
  ]);
  const enforcedBy = cgroupParent === undefined ? 'watch' : 'cgroup';
  const reportBoxes = createReporter();
  const report = () => reportBoxes(boxes.map(({ fn, pool }) => ({ ...statsOf(fn, pool, enforcedBy), pool })));
  const server = createFront(new Map(fronts), report);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    server.close();
    await Promise.all(boxes.map(({ pool }) => pool.stop()));
    server.closeAllConnections();
  };
  return {
    origin: `http://127.0.0.1:${address.port}`,
    stats: () => boxes.map(({ fn, pool }) => statsOf(fn, pool, enforcedBy)),
    report,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function createPool(fn: RegisteredFunction, options: SupervisorOptions): BoxPool {
  const { onLine = () => {}, onNotice = (message) => onLine('supervisor', message) } = options;
  return new BoxPool({
    fn,
    environment: options.environment,
    maxInstances: Math.min(fn.config.maxInstances, availableParallelism()),
    waitMs: options.waitMs ?? 30_000,
    maxWaiting: options.maxWaiting ?? 1_000,
    startTimeoutMs: options.startTimeoutMs ?? 60_000,
    idleMs: options.idleMs ?? 300_000,
    stopGraceMs: options.stopGraceMs ?? 8_000,
    cgroupParent: options.cgroupParent,
    onLine: (line) => onLine(fn.name, line),
    onNotice,
  });
}

function statsOf(fn: RegisteredFunction, pool: BoxPool, enforcedBy: 'cgroup' | 'watch'): FunctionStats {
  const { peakBytes, pids, ...counts } = pool.stats;
  return {
    function: fn.name,
    limitMiB: fn.config.memoryMiB,
    peakMiB: Math.round((peakBytes / MIB) * 10) / 10,
    enforcedBy,
    instances: pids.length,
    pids,
    ...counts,
  };
}
