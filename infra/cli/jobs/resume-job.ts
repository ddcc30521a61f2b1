/** Sets a job that has stopped going again: only what is missing is done. */

import { clearFailures, recordCancellation } from '../../../shared/pipeline/job-failure.ts';
import { type JobRun, jobName } from '../../../shared/pipeline/object-names.ts';
import { openProgress, type Progress } from '../../../shared/pipeline/progress.ts';
import { type JobRef, planTask, sweepTask } from '../../../shared/pipeline/stage-tasks.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { Task, TaskQueue } from '../../../shared/tasks/task-queue.ts';

/** A name is taken only when two resumes fall into one millisecond. */
const NAMES_TRIED = 3;

export interface Resumed {
  /** `sent`: a task was. The others: nothing was to be done. */
  readonly outcome: 'sent' | 'no-job' | 'done' | 'running';
  readonly before: Progress;
}

export interface ResumeOptions {
  readonly bucket: string;
  /** Opened only when a task is to be sent. */
  readonly openQueue: () => Promise<TaskQueue>;
  /** A job that has not stopped as well: what is missing is sent again. */
  readonly force?: boolean;
  readonly nowMs: number;
}

export async function resumeJob(store: ObjectStore, job: string, options: ResumeOptions): Promise<Resumed> {
  const before = await openProgress(store, job).read();
  const { state } = before;
  if (state === 'done') return { outcome: 'done', before };
  if ((state === 'running' || state === 'planning') && options.force !== true) {
    return { outcome: 'running', before };
  }
  const request = await store.stat(jobName(job));
  if (request === undefined) return { outcome: 'no-job', before };
  const run: JobRun = { job, generation: request.generation };
  const queue = await options.openQueue();
  const ref = { bucket: options.bucket, ...run };
  const isPlanned = before.records !== undefined || before.join !== undefined;
  await clearFailures(store, run);
  try {
    await sendNew(queue, (round) => taskFor(ref, isPlanned, round), options.nowMs);
  } catch (error) {
    // With neither failure nor task the job would seem to run, and never move.
    await recordCancellation(store, run);
    throw error;
  }
  return { outcome: 'sent', before };
}

/** A job without a plan is planned, which sends all there is to do; of one with a plan what is missing is sent again. */
function taskFor(ref: JobRef, isPlanned: boolean, round: number): Task {
  if (!isPlanned) {
    const task = planTask(ref);
    return { ...task, key: `${task.key}/resume-${round}` };
  }
  // Now, and not after the time that a sweep usually waits.
  const { scheduleTime: _, ...task } = sweepTask({ ...ref, round, markers: 0, stalled: 0, force: true }, 0);
  return task;
}

/** Rounds of the job's own sweeps are small numbers; the time is one that none of them has, nor an earlier resume. */
async function sendNew(queue: TaskQueue, make: (round: number) => Task, round: number): Promise<void> {
  for (let attempt = 0; attempt < NAMES_TRIED; attempt++) {
    if ((await queue.enqueue(make(round + attempt))) === 'created') return;
  }
  throw new Error('the queue has tasks of these names already: try again');
}
