/** `pillbox status`: says how far a job is. */

import type { Command } from 'commander';
import type { Progress } from '../../shared/pipeline/progress.ts';
import { addCloudOptions, type CloudOptions, openCloud } from './cloud-options.ts';
import { CommandError, EXIT } from './command-error.ts';
import { printable } from './printable.ts';
import { formatTable } from './table.ts';

interface StatusOptions extends CloudOptions {
  readonly watch?: boolean;
  readonly json?: boolean;
}

export function registerStatus(program: Command): void {
  const command = program
    .command('status')
    .summary('show how far a batch job is')
    .description(
      'Shows how far a batch job is. Ends with 1 when the job has failed, with 3 when there is no such job.',
    )
    .argument('<job>', 'the "id" of its job.json')
    .option('-w, --watch', 'stay and show the progress to the end')
    .option('--json', 'as JSON; with --watch one object a change');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox status demo
  $ npx pillbox status demo --watch && npx pillbox cp -r gs://pillbox/jobs/demo/out ./demo`,
    )
    .action(runStatus);
}

async function runStatus(job: string, options: StatusOptions): Promise<void> {
  const { JOB_ID_PATTERN } = await import('../../shared/pipeline/job.ts');
  if (!JOB_ID_PATTERN.test(job)) {
    throw new CommandError(
      EXIT.usage,
      `${job} is no name of a job: a-z, 0-9, _ and -, at most 63 characters`,
    );
  }
  const { openStore, bucket } = await openCloud(options);
  const store = openStore(bucket);
  const { followJob, unknownJob } = await import('./follow-job.ts');
  if (options.watch === true) return followJob(store, job, { json: options.json === true });
  const { readProgress } = await import('../../shared/pipeline/progress.ts');
  const progress = await readProgress(store, job);
  if (options.json === true) console.log(JSON.stringify(progress));
  if (progress.state === 'waiting') throw unknownJob(job);
  if (options.json !== true)
    console.log(describe(job, progress, `gs://${bucket}/jobs/${job}/out/`).join('\n'));
  if (progress.state === 'failed') throw new CommandError(EXIT.failed, `the job ${job} failed`);
}

function describe(job: string, progress: Progress, outputs: string): string[] {
  const { state, stage, records, recordsDone, shards, shardsDone, tars, tarsDone, failed, error } = progress;
  const ofTotal = (done: number, total: number | undefined) =>
    total === undefined ? '-' : `${done} of ${total}`;
  const rows = [
    ['job', job],
    ['state', state === 'running' ? `running (${stage ?? 'plan'})` : state],
    ['records', ofTotal(recordsDone, records)],
    ['shards', ofTotal(shardsDone, shards)],
    ['tars', ofTotal(tarsDone, tars)],
    ['left out', failed === undefined ? '-' : `${failed} records${failed > 0 ? ' (failures.jsonl)' : ''}`],
    ...(error === undefined ? [] : [['error', printable(`${error.code}: ${error.message}`)]]),
    ...(state === 'done' ? [['outputs', outputs]] : []),
  ];
  return formatTable([{ title: '' }, { title: '' }], rows, { titles: false });
}
