/** `pillbox cancel`: stops a job. */

import type { Command } from 'commander';
import { addCloudOptions, type CloudOptions, openCloud } from './cloud-options.ts';
import { CommandError, EXIT } from './command-error.ts';
import { expectJobId } from './jobs/job-id.ts';

export function registerCancel(program: Command): void {
  const command = program
    .command('cancel')
    .summary('stop a batch job')
    .description(
      'Stops a batch job: no task of it begins any more; those at work finish what they have, within minutes. ' +
        'Whatever is made stays, so that "pillbox resume" goes on from there.',
    )
    .argument('<job>', 'the "id" of its job.json');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox cancel first
  $ npx pillbox resume first --watch     goes on where it was stopped`,
    )
    .action(runCancel);
}

async function runCancel(job: string, options: CloudOptions): Promise<void> {
  await expectJobId(job);
  const { openStore, bucket } = await openCloud(options);
  const store = openStore(bucket);
  const [{ readProgress }, { recordCancellation }, { jobName }, { unknownJob }] = await Promise.all([
    import('../../shared/pipeline/progress.ts'),
    import('../../shared/pipeline/job-failure.ts'),
    import('../../shared/pipeline/object-names.ts'),
    import('./follow-job.ts'),
  ]);
  const progress = await readProgress(store, job);
  const request = await store.stat(jobName(job));
  if (progress.state === 'waiting' || request === undefined) throw unknownJob(job);
  if (progress.state === 'done') throw new CommandError(EXIT.failed, `the job ${job} is done already`);
  if (progress.state === 'failed') throw new CommandError(EXIT.failed, `the job ${job} has failed already`);
  if (progress.state === 'cancelled') {
    console.log(`${job} is cancelled already`);
    return;
  }
  await recordCancellation(store, { job, generation: request.generation });
  const { recordsDone, records } = progress;
  const made =
    records === undefined ? 'nothing was made yet' : `${recordsDone} of ${records} records are made`;
  console.log(
    `cancelled ${job}: ${made}\n` +
      `What there is stays in gs://${bucket}/jobs/${job}/ (work/ and, of finished tars, out/).\n` +
      `go on: npx pillbox resume ${job}`,
  );
}
