/** A weighted semaphore in bytes with a short, fair queue: more is never admitted than the budget holds. */

import { RetryableError } from '../errors/retryable-error.ts';
import type { BudgetClock } from './budget-clock.ts';
import { createLease, type Lease } from './lease.ts';
import { createWaitingQueue, type Waiter, type WaitingQueue } from './waiting-queue.ts';

/**
 * open: admit what fits. one: admit only while nothing runs: then nothing will ever free memory but the next request's
 * end, so refusing it too would be a deadlock. closed: refuse all, the process is about to be replaced.
 */
export type Gate = 'open' | 'one' | 'closed';

export interface AdmissionOptions {
  readonly clock: BudgetClock;
  /** What leases may take together now. A single lease above it runs alone. */
  readonly capacityBytes: () => number;
  readonly gate: () => Gate;
  readonly maxQueued: number;
  readonly maxOvertakes: number;
}

export interface AcquireOptions {
  readonly costBytes: number;
  /** How long it may wait in the queue. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Admission {
  /** Rejects with RetryableError('overloaded') when refused or too late, with the signal's reason when aborted. */
  acquire(options: AcquireOptions): Promise<Lease>;
  /** To be called when the gate or the capacity may have changed. */
  advance(): void;
  readonly usedBytes: number;
  readonly running: number;
  readonly queued: number;
}

interface WaitingRequest extends Waiter {
  readonly refuse: (reason: unknown) => void;
}

const CLOSED = 'the box is about to be replaced';
const LEAST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 30_000;
/** Weight of the newest lease in the mean time that one is held. */
const HELD_WEIGHT = 0.1;

export function createAdmission(options: AdmissionOptions): Admission {
  return new FairAdmission(options);
}

class FairAdmission implements Admission {
  usedBytes = 0;
  running = 0;
  private meanHeldMs = 0;
  private readonly options: AdmissionOptions;
  private readonly queue: WaitingQueue<WaitingRequest>;

  constructor(options: AdmissionOptions) {
    this.options = options;
    this.queue = createWaitingQueue(options.maxOvertakes);
  }

  get queued(): number {
    return this.queue.size;
  }

  async acquire(request: AcquireOptions): Promise<Lease> {
    const { gate, maxQueued } = this.options;
    request.signal?.throwIfAborted();
    if (gate() === 'closed') throw this.overloaded(CLOSED);
    if (this.queued === 0 && this.fits(request.costBytes)) return this.begin(request.costBytes, 0);
    if (this.queued >= maxQueued || request.deadlineMs <= 0)
      throw this.overloaded(`${this.queued} requests wait already, of ${maxQueued} at most`);
    return this.wait(request);
  }

  advance(): void {
    if (this.options.gate() === 'closed')
      for (const waiter of this.queue.takeAll()) waiter.refuse(this.overloaded(CLOSED));
    const next = () => this.queue.takeNext((costBytes) => this.fits(costBytes));
    for (let waiter = next(); waiter !== undefined; waiter = next()) waiter.start();
  }

  private fits(costBytes: number): boolean {
    const gate = this.options.gate();
    if (gate === 'closed') return false;
    if (this.running === 0) return true;
    return gate === 'open' && this.usedBytes + costBytes <= this.options.capacityBytes();
  }

  private begin(costBytes: number, waitedMs: number): Lease {
    const { clock } = this.options;
    const begunAtMs = clock.nowMs();
    const begunAlone = this.running === 0;
    this.usedBytes += costBytes;
    this.running++;
    return createLease({ costBytes, waitedMs, begunAlone }, () => {
      this.usedBytes -= costBytes;
      this.running--;
      this.meanHeldMs += HELD_WEIGHT * (clock.nowMs() - begunAtMs - this.meanHeldMs);
      this.advance();
    });
  }

  private wait({ costBytes, deadlineMs, signal }: AcquireOptions): Promise<Lease> {
    const { clock } = this.options;
    const { promise, resolve, reject } = Promise.withResolvers<Lease>();
    const sinceMs = clock.nowMs();
    const leave = (): void => {
      cancelDeadline();
      signal?.removeEventListener('abort', abort);
    };
    const waiter: WaitingRequest = {
      costBytes,
      overtakenTimes: 0,
      start: () => {
        leave();
        resolve(this.begin(costBytes, clock.nowMs() - sinceMs));
      },
      refuse(reason) {
        leave();
        reject(reason);
      },
    };
    const giveUp = (reason: unknown): void => {
      if (!this.queue.remove(waiter)) return;
      waiter.refuse(reason);
      // It may have been what held up those behind it.
      this.advance();
    };
    const abort = (): void => giveUp(signal?.reason);
    const tooLate = () => giveUp(this.overloaded(`no room within ${deadlineMs} ms`));
    const cancelDeadline = clock.after(deadlineMs, tooLate);
    signal?.addEventListener('abort', abort, { once: true });
    this.queue.push(waiter);
    this.advance();
    return promise;
  }

  private overloaded(message: string): RetryableError {
    const aheadMs = (this.meanHeldMs * (this.queued + 1)) / Math.max(1, this.running);
    const retryAfterMs = Math.ceil(Math.min(MOST_RETRY_MS, Math.max(LEAST_RETRY_MS, aheadMs)));
    return new RetryableError('overloaded', message, { retryAfterMs });
  }
}
