/** `pillbox resume`: sets a job that has stopped going again. */

import type { Command } from 'commander';
import { addCloudOptions, type CloudOptions, openCloud } from './cloud-options.ts';
import { expectJobId } from './jobs/job-id.ts';
import type { Resumed } from './jobs/resume-job.ts';

interface ResumeCommandOptions extends CloudOptions {
  readonly watch?: boolean;
  readonly force?: boolean;
}

export function registerResume(program: Command): void {
  const command = program
    .command('resume')
    .summary('go on with a batch job that was cancelled or has failed')
    .description(
      'Goes on with a batch job that was cancelled or has failed, once the cause is mended: forgets the failure, and ' +
        'sends again what is missing, and only that. The outputs are those of a job that was never stopped.',
    )
    .argument('<job>', 'the "id" of its job.json')
    .option('--force', 'also a job that is running, if nothing of it moves: for when its tasks were lost')
    .option('-w, --watch', 'stay and show the progress to the end');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
Its tasks need to know where the boxes are: of a Pillbox that runs here it is known, elsewhere set PILLBOX_BOX_URL
(https://…/{box}), PILLBOX_PROJECT, PILLBOX_LOCATION and PILLBOX_TASKS_SERVICE_ACCOUNT as the boxes have them.

Examples:
  $ npx pillbox resume first
  $ npx pillbox resume first --watch`,
    )
    .action(runResume);
}

async function runResume(job: string, options: ResumeCommandOptions): Promise<void> {
  await expectJobId(job);
  const { openStore, bucket } = await openCloud(options);
  const store = openStore(bucket);
  const [{ resumeJob }, { openQueue }, { followJob, unknownJob }, { openPeaks }] = await Promise.all([
    import('./jobs/resume-job.ts'),
    import('./jobs/open-queue.ts'),
    import('./follow-job.ts'),
    import('./jobs/peaks.ts'),
  ]);
  const resumed = await resumeJob(store, job, {
    bucket,
    openQueue: () => openQueue(options),
    force: options.force === true,
    nowMs: Date.now(),
  });
  if (resumed.outcome === 'no-job') throw unknownJob(job);
  console.log(wordsOf(job, resumed));
  if (options.watch === true)
    await followJob(store, job, { json: false, readPeaks: await openPeaks(options) });
  else if (resumed.outcome !== 'done') console.log(`watch it: npx pillbox status ${job} --watch`);
}

function wordsOf(job: string, { outcome, before }: Resumed): string {
  if (outcome === 'done') return `${job} is done: there is nothing to do`;
  if (outcome === 'running') return `${job} is running: there is nothing to resume`;
  const { join, recordsDone, records, tarsDone, tars } = before;
  if (records === undefined && join !== undefined) return `resumed ${job}: its tables are being joined`;
  if (records === undefined) return `resumed ${job}: its records are to be counted`;
  const isJoining = tars !== undefined;
  return `resumed ${job}: ${isJoining ? `${tarsDone} of ${tars} tars` : `${recordsDone} of ${records} records`} are there`;
}
