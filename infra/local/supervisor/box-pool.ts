/** The instances of one box: started on demand, shared by requests up to their concurrency, ended when idle. */

import { HttpProblem } from '../../../shared/http/problem.ts';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { BoxInstance, type InstanceEnd } from './box-instance.ts';
import { endNotice } from './end-notice.ts';
import { RestartBackoff } from './restart-backoff.ts';
import { WaitingLine } from './waiting-line.ts';

export interface BoxPoolOptions {
  readonly fn: RegisteredFunction;
  readonly environment: Readonly<Record<string, string>>;
  readonly maxInstances: number;
  /** How long a request may wait for an instance before it is answered 429. */
  readonly waitMs: number;
  /** Requests that may wait at a time; one more is answered 429 at once. */
  readonly maxWaiting: number;
  readonly startTimeoutMs: number;
  /** An instance without requests for so long is ended. */
  readonly idleMs: number;
  readonly stopGraceMs: number;
  readonly cgroupParent: string | undefined;
  readonly onLine: (line: string) => void;
  readonly onNotice: (message: string) => void;
}

/** One request's place in an instance. */
export interface Lease {
  readonly port: number;
  readonly ended: Promise<InstanceEnd>;
  /** To be called once, when the exchange is over; `answered` when the instance gave a whole answer. */
  release(answered: boolean): void;
}

export interface PoolStats {
  readonly peakBytes: number;
  readonly coldStartMs: number | undefined;
  readonly pids: readonly number[];
  readonly requests: number;
  readonly restarts: number;
  readonly kills: number;
  /** Instances that asked to be replaced. */
  readonly recycles: number;
  /** Requests that wait for an instance. */
  readonly waiting: number;
  /** Time in which an instance had a request in work, all instances together: what Cloud Run bills. */
  readonly busyMs: number;
}

/** One instance, and how many requests it has in work. */
export interface PlacedInstance {
  readonly instance: BoxInstance;
  readonly requests: number;
}

interface Slot extends PlacedInstance {
  requests: number;
  busySinceMs: number;
  idleTimer: NodeJS.Timeout | undefined;
}

export class BoxPool {
  readonly #options: BoxPoolOptions;
  readonly #line: WaitingLine<Lease>;
  readonly #backoff = new RestartBackoff();
  #slots: Slot[] = [];
  #startTimer: NodeJS.Timeout | undefined;
  #died = false;
  #stopping = false;
  #peakBytes = 0;
  #coldStartMs: number | undefined;
  #requests = 0;
  #restarts = 0;
  #kills = 0;
  #recycles = 0;
  #busyMs = 0;

  constructor(options: BoxPoolOptions) {
    this.#options = options;
    this.#line = new WaitingLine({ waitMs: options.waitMs, maxWaiting: options.maxWaiting });
  }

  get stats(): PoolStats {
    return {
      peakBytes: Math.max(this.#peakBytes, ...this.#slots.map((slot) => slot.instance.peakBytes)),
      coldStartMs: this.#coldStartMs,
      pids: this.#slots.map((slot) => slot.instance.pid),
      requests: this.#requests,
      restarts: this.#restarts,
      kills: this.#kills,
      recycles: this.#recycles,
      waiting: this.#line.length,
      busyMs: this.#slots.reduce((sum, slot) => sum + runningMs(slot), this.#busyMs),
    };
  }

  get instances(): readonly PlacedInstance[] {
    return this.#slots;
  }

  /** A place in an instance, now or when there is one. Rejects with an HttpProblem 429 or 503, or the signal's reason. */
  acquire(signal: AbortSignal): Promise<Lease> {
    if (this.#stopping) return Promise.reject(unavailable('stopping', 'the supervisor is stopping', 1));
    const lease = this.#line.join(signal);
    this.#serve();
    return lease;
  }

  /** Ends every instance; resolves when no process is left. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#startTimer);
    this.#line.refuseAll(unavailable('stopping', 'the supervisor is stopping', 1));
    await Promise.all(this.#slots.map((slot) => slot.instance.stop(this.#options.stopGraceMs)));
  }

  /** Gives free places to who waits longest, then starts what the others need. */
  #serve(): void {
    const { concurrency } = this.#options.fn.config;
    while (this.#line.length > 0) {
      const slot = this.#slots.find((s) => s.instance.state === 'ready' && s.requests < concurrency);
      if (slot === undefined) break;
      this.#line.serveFirst(() => this.#lease(slot));
    }
    const starting = this.#slots.filter((slot) => slot.instance.state === 'starting').length;
    const usable = this.#slots.filter((slot) => /^(starting|ready)$/.test(slot.instance.state)).length;
    const wanted = Math.ceil(this.#line.length / concurrency) - starting;
    // Beside those that finish what they have, there is room for one more.
    const { maxInstances } = this.#options;
    const allowed = Math.min(maxInstances - usable, maxInstances + 1 - this.#slots.length);
    for (let count = Math.min(wanted, allowed); count > 0 && !this.#stopping; count--) {
      if (!this.#startOrPostpone()) break;
    }
  }

  #lease(slot: Slot): Lease {
    this.#requests += 1;
    if (slot.requests === 0) slot.busySinceMs = performance.now();
    slot.requests += 1;
    clearTimeout(slot.idleTimer);
    return {
      port: slot.instance.port,
      ended: slot.instance.ended,
      release: (answered) => {
        if (slot.requests === 1) this.#busyMs += runningMs(slot);
        slot.requests -= 1;
        if (answered) this.#backoff.reset();
        // A short peak may lie between two turns of the watch, and the process may be gone before the next.
        void slot.instance.sampleMemory();
        this.#rest(slot);
        this.#serve();
      },
    };
  }

  /** Ends the instance when nothing comes for a while. */
  #rest(slot: Slot): void {
    clearTimeout(slot.idleTimer);
    if (slot.requests > 0 || slot.instance.state !== 'ready') return;
    slot.idleTimer = setTimeout(() => slot.instance.stop(this.#options.stopGraceMs), this.#options.idleMs);
    slot.idleTimer.unref();
  }

  /** False when nothing was started. */
  #startOrPostpone(): boolean {
    const waitMs = this.#backoff.remainingMs();
    if (waitMs > 0) {
      clearTimeout(this.#startTimer);
      this.#startTimer = setTimeout(() => this.#serve(), waitMs);
      return false;
    }
    let instance: BoxInstance;
    try {
      instance = new BoxInstance({ ...this.#options, onRetiring: (reason) => this.#replace(reason) });
    } catch (error) {
      this.#failStart(error instanceof Error ? error.message : String(error));
      return false;
    }
    if (this.#died) this.#restarts += 1;
    this.#died = false;
    this.#add({ instance, requests: 0, busySinceMs: 0, idleTimer: undefined });
    return true;
  }

  /** Who waits gets another instance; the one that retires finishes what it has. */
  #replace(reason: string): void {
    this.#recycles += 1;
    if (reason === 'pressure') {
      // A box that is full as soon as it starts would be started for ever.
      this.#backoff.failed();
      this.#options.onNotice(`${this.#options.fn.name}: full at its limit, it is replaced`);
    }
    this.#serve();
  }

  #add(slot: Slot): void {
    this.#slots.push(slot);
    const { ready, ended } = slot.instance;
    const onReady = (coldStartMs: number) => {
      this.#coldStartMs = coldStartMs;
      this.#rest(slot);
      this.#serve();
    };
    // One that never gets ready ends, and is dealt with there.
    ready.then(onReady, () => {});
    ended.then((end) => this.#remove(slot, end));
  }

  #remove(slot: Slot, end: InstanceEnd): void {
    clearTimeout(slot.idleTimer);
    const { peakBytes, heldPeakBytes } = slot.instance;
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#peakBytes = Math.max(this.#peakBytes, peakBytes);
    if (end.cause === 'memory') this.#kills += 1;
    if (end.cause !== 'asked') {
      this.#died = true;
      this.#options.onNotice(endNotice(this.#options.fn, end, heldPeakBytes, slot.requests));
      if (end.wasReady) this.#backoff.failed();
      else this.#failStart(`it ended before it was ready (${end.reason})`);
    }
    this.#serve();
  }

  /** Who waits learns it now; with another instance at work, they wait for that one. */
  #failStart(reason: string): void {
    this.#backoff.failed();
    if (this.#slots.some((slot) => slot.instance.state === 'ready')) return;
    const detail = `${this.#options.fn.name} could not be started: ${reason}`;
    const retryAfterSeconds = Math.max(1, Math.ceil(this.#backoff.remainingMs() / 1000));
    this.#line.refuseAll(unavailable('start-failed', detail, retryAfterSeconds));
  }
}

/** How long it has had a request without a break. */
function runningMs({ requests, busySinceMs }: Slot): number {
  return requests === 0 ? 0 : performance.now() - busySinceMs;
}

function unavailable(code: string, detail: string, retryAfterSeconds: number): HttpProblem {
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return new HttpProblem(503, code, 'Unavailable', { detail, headers });
}
