/** Watches a job until it ends. */

import { setTimeout as sleep } from 'node:timers/promises';
import { RetryableError } from '../../shared/errors/retryable-error.ts';
import type { JoinSummary } from '../../shared/pipeline/join-report.ts';
import { openProgress, type Progress } from '../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { CommandError, EXIT } from './command-error.ts';
import { joinLines } from './jobs/join-lines.ts';
import type { Peaks, ReadPeaks } from './jobs/peaks.ts';
import { readJoinOf } from './jobs/read-join.ts';
import { createProgressDisplay, type ProgressDisplay } from './progress-display.ts';

/** A look is about ten requests; a large job changes no faster for being looked at more often. */
const LEAST_POLL_MS = 1_000;
const MOST_POLL_MS = 10_000;
const POLL_MS_PER_SHARD = 0.5;
/** Looks in a row that storage may leave unanswered: the job goes on without its watcher. */
const FAILED_LOOKS_LIMIT = 5;

export interface WatchOptions {
  /** Absent = by the size of the job. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Calls `show` with every state until the job is done, has failed or was cancelled, and resolves with the last one.
 * A job that is not there (`waiting`) ends it as well. Rejects with the signal's reason.
 */
export async function watchJob(
  store: ObjectStore,
  job: string,
  show: (progress: Progress) => Promise<void> | void,
  { pollMs, signal }: WatchOptions = {},
): Promise<Progress> {
  const reader = openProgress(store, job);
  let unanswered = 0;
  let waitMs = pollMs ?? LEAST_POLL_MS;
  for (;;) {
    try {
      const progress = await reader.read();
      unanswered = 0;
      await show(progress);
      if (hasEnded(progress)) return progress;
      waitMs = pollMs ?? pollMsOf(progress);
    } catch (error) {
      unanswered += 1;
      if (!(error instanceof RetryableError) || unanswered === FAILED_LOOKS_LIMIT) throw error;
    }
    await sleep(waitMs, undefined, signal === undefined ? {} : { signal });
  }
}

function hasEnded({ state }: Progress): boolean {
  return state !== 'planning' && state !== 'running';
}

export function pollMsOf({ shards = 0 }: Pick<Progress, 'shards'>): number {
  return Math.min(MOST_POLL_MS, Math.max(LEAST_POLL_MS, shards * POLL_MS_PER_SHARD));
}

/**
 * Prints the states of a job and, at its end, what its join came to. Throws a CommandError when there is no such job,
 * and when it failed or was cancelled.
 * @param json prints one JSON object a change instead; that of the end has the join as `joined`.
 */
export async function followJob(
  store: ObjectStore,
  job: string,
  { json, readPeaks }: { json: boolean; readPeaks?: ReadPeaks },
): Promise<void> {
  const display: EndDisplay = json ? jsonDisplay() : createProgressDisplay(process.stdout);
  let joined: JoinSummary | undefined;
  const show = async (progress: Progress) => {
    if (hasEnded(progress)) joined = await readJoinOf(store, job, progress);
    if (progress.state !== 'waiting') display.update(progress, await readPeaks?.(), joined);
  };
  const last = await watchJob(store, job, show).finally(() => display.end());
  if (joined !== undefined && !json) console.log(joinLines(joined).join('\n'));
  if (last.state === 'waiting') throw unknownJob(job);
  expectNotEnded(job, last);
}

/** Throws a CommandError (1) for a job that ended before it was done. */
export function expectNotEnded(job: string, { state }: Progress): void {
  if (state === 'failed') throw new CommandError(EXIT.failed, `the job ${job} failed`);
  if (state === 'cancelled') throw new CommandError(EXIT.failed, `the job ${job} was cancelled`);
}

export const unknownJob = (job: string) =>
  new CommandError(EXIT.notFound, `there is no job ${job}: "pillbox jobs" lists what there is`);

interface EndDisplay extends Pick<ProgressDisplay, 'end'> {
  update(progress: Progress, peaks?: Peaks, joined?: JoinSummary): void;
}

function jsonDisplay(): EndDisplay {
  let printed = '';
  return {
    update(progress: Progress, peaks: Peaks = new Map(), joined?: JoinSummary) {
      const change = JSON.stringify(progress);
      if (change !== printed) {
        const memory = peaks.size === 0 ? {} : { memory: Object.fromEntries(peaks) };
        console.log(JSON.stringify({ ...progress, ...memory, joined }));
      }
      printed = change;
    },
    end() {},
  };
}
