/** One process of a box: started, watched, asked to end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ListeningMessage, RetiringMessage } from '../../../shared/http/serve-box.ts';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { boxProcessOptions } from './box-process-options.ts';
import { readLines } from './lines.ts';
import { createMemoryCgroup, type MemoryCgroup } from './memory-cgroup.ts';
import { type MemoryWatch, watchMemory } from './memory-watch.ts';
import type { ProcessMemory } from './proc-status.ts';

export interface BoxInstanceOptions {
  readonly fn: RegisteredFunction;
  readonly environment: Readonly<Record<string, string>>;
  /** An instance that is not ready by then is killed. */
  readonly startTimeoutMs: number;
  /** A memory cgroup in which groups may be made; absent = the limit is enforced by watching. */
  readonly cgroupParent: string | undefined;
  readonly onLine: (line: string) => void;
  /** It wants to be replaced: it takes no more requests, and will end by itself. */
  readonly onRetiring?: (reason: string) => void;
}

export interface InstanceEnd {
  /** Asked to end, killed over its memory limit, or anything else. */
  readonly cause: 'asked' | 'memory' | 'unexpected';
  /** The signal or exit code, in words. */
  readonly reason: string;
  readonly wasReady: boolean;
}

/**
 * Loaded before a box's entry: ends the process when the supervisor is gone, however it went, as the channel closes even
 * after SIGKILL. Listening must not keep alive a process that has nothing else to do. In JavaScript, and no file: in
 * every box the compiler of TypeScript would take 16 MiB for it.
 */
const PRELOAD = `data:text/javascript,${encodeURIComponent(
  "process.on('disconnect', () => process.exit(0)); process.channel?.unref();",
)}`;
const READY_POLL_MS = 20;
const MIB = 1024 * 1024;
let started = 0;

export class BoxInstance {
  readonly pid: number;
  /** Resolves with the time from start to ready in ms; rejects when the process ends before. */
  readonly ready: Promise<number>;
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<InstanceEnd>;
  state: 'starting' | 'ready' | 'ending' | 'ended' = 'starting';
  port = 0;
  readonly startedMs = performance.now();
  readonly #child: ChildProcess;
  readonly #watch: MemoryWatch;
  readonly #cgroup: MemoryCgroup | undefined;
  #overLimit = false;
  /** Whether it asked to be replaced. */
  #retiring = false;
  /** Whether SIGTERM was sent. */
  #asked = false;
  #tooSlow = false;

  /** Throws when no process can be started, or none in the cgroup that was named. */
  constructor(options: BoxInstanceOptions) {
    const { fn, cgroupParent, onLine } = options;
    started += 1;
    const limitBytes = fn.config.memoryMiB * MIB;
    const group = `pillbox-${process.pid}-${fn.name}-${started}`;
    this.#cgroup =
      cgroupParent === undefined ? undefined : createMemoryCgroup(cgroupParent, group, limitBytes);
    this.#child = spawnBox(options, this.#cgroup);
    // A failed start, kill or message is seen by what it leads to: no pid, or an exit.
    this.#child.on('error', () => {});
    if (this.#child.pid === undefined) {
      this.#cgroup?.remove();
      throw new Error(`${fn.name}: its process could not be started`);
    }
    this.pid = this.#child.pid;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream !== null) readLines(stream, onLine);
    }
    this.#watch = watchMemory({
      pid: this.pid,
      limitBytes: this.#cgroup === undefined ? limitBytes : undefined,
      onOver: () => {
        this.#overLimit = true;
        this.#child.kill('SIGKILL');
      },
    });
    this.#child.on('message', (message: Partial<RetiringMessage>) => {
      if (message.retiring === undefined) return;
      this.#retiring = true;
      if (this.state !== 'ready') return;
      this.state = 'ending';
      options.onRetiring?.(message.retiring);
    });
    this.ended = this.#end(onLine);
    this.ready = this.#becomeReady(options.startTimeoutMs);
  }

  get peakBytes(): number {
    return this.#watch.peakBytes;
  }

  /** Of what is held against the limit. */
  get heldPeakBytes(): number {
    return this.#watch.heldPeakBytes;
  }

  /** What it holds now; brings `peakBytes` up to date. Undefined when the process has ended. */
  sampleMemory(): Promise<ProcessMemory | undefined> {
    return this.#watch.sample();
  }

  /** SIGTERM, then SIGKILL after `graceMs`; resolves when the process is gone. May be called again with less grace. */
  async stop(graceMs: number): Promise<void> {
    if (this.state === 'ended') return;
    const asked = this.#asked;
    this.#asked = true;
    this.state = 'ending';
    await this.#watch.sample();
    // A second SIGTERM would end a box at once that is about to finish.
    if (!asked) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  async #end(onLine: (line: string) => void): Promise<InstanceEnd> {
    const signalOrCode = await exitReason(this.#child);
    const reason = this.#tooSlow ? 'not ready in time' : signalOrCode;
    const { state } = this;
    this.state = 'ended';
    this.#watch.stop();
    if (this.#cgroup !== undefined) this.#overLimit = this.#leaveCgroup(this.#cgroup, onLine);
    const cause = this.#overLimit ? 'memory' : state === 'ending' ? 'asked' : 'unexpected';
    return { cause, reason, wasReady: state !== 'starting' };
  }

  #leaveCgroup(cgroup: MemoryCgroup, onLine: (line: string) => void): boolean {
    let over = false;
    try {
      over = cgroup.wasOverLimit();
      cgroup.remove();
    } catch (error) {
      onLine(`its cgroup could not be removed: ${error instanceof Error ? error.message : error}`);
    }
    return over;
  }

  async #becomeReady(timeoutMs: number): Promise<number> {
    const startMs = performance.now();
    const timer = setTimeout(() => {
      this.#tooSlow = true;
      this.#child.kill('SIGKILL');
    }, timeoutMs);
    try {
      const gone = this.ended.then(({ reason }) => {
        throw new Error(`it ended before it was ready (${reason})`);
      });
      this.port = await Promise.race([listeningPort(this.#child), gone]);
      while (!(await Promise.race([isReady(this.port), gone]))) await delay(READY_POLL_MS);
    } finally {
      clearTimeout(timer);
    }
    if (this.#retiring) throw new Error('it asked to be replaced before it was ready');
    if (this.state === 'starting') this.state = 'ready';
    return performance.now() - startMs;
  }
}

function spawnBox({ fn, environment }: BoxInstanceOptions, cgroup: MemoryCgroup | undefined): ChildProcess {
  const { nodeFlags, env } = boxProcessOptions(fn.config.memoryMiB, fn.config.heapGrowthPercent);
  const nodeArgs = [...nodeFlags, '--import', PRELOAD, fn.entry];
  const { command, args } = cgroup?.enter(process.execPath, nodeArgs) ?? {
    command: process.execPath,
    args: nodeArgs,
  };
  return spawn(command, args, {
    // Nothing of the user's own environment: a box in production has none of it either.
    env: { ...environment, ...env, PORT: '0', PILLBOX_LISTEN_HOST: '127.0.0.1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // In a process group of its own: Ctrl-C reaches the supervisor alone, which lets boxes finish.
    detached: true,
  });
}

function exitReason(child: ChildProcess): Promise<string> {
  return new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  );
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.on('message', (message: Partial<ListeningMessage>) => {
      if (typeof message.listeningPort === 'number') resolve(message.listeningPort);
    });
  });
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/health/ready', agent: false, timeout: 5_000 });
    request.on('response', (response) => resolve(response.resume().statusCode === 200));
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
