/** `pillbox status`: says how far a job is. */

import type { Command } from 'commander';
import type { JoinSummary } from '../../shared/pipeline/join-report.ts';
import type { Progress } from '../../shared/pipeline/progress.ts';
import { addCloudOptions, type CloudOptions, openCloud } from './cloud-options.ts';
import { expectJobId } from './jobs/job-id.ts';
import { joinLines } from './jobs/join-lines.ts';
import type { Peaks } from './jobs/peaks.ts';
import { stageLines } from './jobs/stage-lines.ts';
import { stageRows } from './jobs/stage-rows.ts';
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
      'Shows how far a batch job is, and what became of the studies of its join. Ends with\n' +
        '1 when the job has failed or was cancelled, with 3 when there is no such job.',
    )
    .argument('<job>', 'the "id" of its job.json')
    .option('-w, --watch', 'stay and show the progress to the end')
    .option('--json', 'as JSON; with --watch one object a change');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
Peak memory is that of the boxes since they were started, and shown where they run on this machine.

Examples:
  $ npx pillbox status demo
  $ npx pillbox status demo --watch && npx pillbox cp -r gs://pillbox/jobs/demo/out ./demo`,
    )
    .action(runStatus);
}

async function runStatus(job: string, options: StatusOptions): Promise<void> {
  await expectJobId(job);
  const { openStore, bucket } = await openCloud(options);
  const store = openStore(bucket);
  const [{ expectNotEnded, followJob, unknownJob }, { openPeaks }] = await Promise.all([
    import('./follow-job.ts'),
    import('./jobs/peaks.ts'),
  ]);
  const readPeaks = await openPeaks(options);
  if (options.watch === true) return followJob(store, job, { json: options.json === true, readPeaks });
  const { readProgress } = await import('../../shared/pipeline/progress.ts');
  const progress = await readProgress(store, job);
  const { readJoinOf } = await import('./jobs/read-join.ts');
  const joined = await readJoinOf(store, job, progress);
  if (options.json === true) console.log(JSON.stringify({ ...progress, joined }));
  if (progress.state === 'waiting') throw unknownJob(job);
  if (options.json !== true) {
    const outputs = `gs://${bucket}/jobs/${job}/out/`;
    console.log(describe(job, progress, { outputs, peaks: await readPeaks(), joined }).join('\n'));
  }
  expectNotEnded(job, progress);
}

function describe(
  job: string,
  progress: Progress,
  { outputs, peaks, joined }: { outputs: string; peaks: Peaks; joined: JoinSummary | undefined },
): string[] {
  const { state, stage, shards, shardsDone, failed, failedIsAtLeast, error } = progress;
  const least = failedIsAtLeast === true ? ' or more' : '';
  const lines = failed !== undefined && failed > 0 ? ' (failures.jsonl)' : '';
  const rows = [
    ['job', job],
    ['state', state === 'running' ? `running (${stage ?? 'plan'})` : state],
    ['shards', shards === undefined ? '-' : `${shardsDone} of ${shards}`],
    ['left out', failed === undefined ? '-' : `${failed}${least} records${lines}`],
    ...(error === undefined || state === 'done'
      ? []
      : [['error', printable(`${error.code}: ${error.message}`)]]),
    ...(state === 'done' ? [['outputs', outputs]] : []),
  ];
  return [
    ...formatTable([{ title: '', minWidth: 8 }, { title: '' }], rows, { titles: false }),
    '',
    ...stageLines(stageRows(progress), peaks),
    ...(joined === undefined ? [] : ['', ...joinLines(joined)]),
  ];
}
