/** Watches a job until it ends. */

import { setTimeout as sleep } from 'node:timers/promises';
import { type Progress, readProgress } from '../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { CommandError, EXIT } from './command-error.ts';
import { createProgressDisplay, type ProgressDisplay } from './progress-display.ts';

/** Each look is a handful of small requests. */
const POLL_MS = 1_000;

/** Throws a CommandError when there is no such job, and when it failed. @param json prints one JSON object a change instead. */
export async function followJob(store: ObjectStore, job: string, { json }: { json: boolean }): Promise<void> {
  const display = json ? jsonDisplay() : createProgressDisplay(process.stdout);
  try {
    for (;;) {
      const progress = await readProgress(store, job);
      if (progress.state === 'waiting') throw unknownJob(job);
      display.update(progress);
      if (progress.state === 'failed') throw new CommandError(EXIT.failed, `the job ${job} failed`);
      if (progress.state === 'done') return;
      await sleep(POLL_MS);
    }
  } finally {
    display.end();
  }
}

export const unknownJob = (job: string) =>
  new CommandError(EXIT.notFound, `there is no job ${job}: "pillbox ls jobs/" lists what there is`);

function jsonDisplay(): Pick<ProgressDisplay, 'update' | 'end'> {
  let printed = '';
  return {
    update(progress: Progress) {
      const line = JSON.stringify(progress);
      if (line !== printed) console.log(line);
      printed = line;
    },
    end() {},
  };
}
