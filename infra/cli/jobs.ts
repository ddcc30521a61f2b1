/** `pillbox jobs`: a table of the jobs there are. */

import type { Command } from 'commander';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import type { JoinSummary } from '../../shared/pipeline/join-report.ts';
import type { Progress } from '../../shared/pipeline/progress.ts';
import { addCloudOptions, type CloudOptions, openCloud } from './cloud-options.ts';
import { badRowLines } from './jobs/join-lines.ts';
import type { ListedJob } from './jobs/list-jobs.ts';
import { wholeNumber } from './option-values.ts';
import { printable } from './printable.ts';
import { type Column, formatTable } from './table.ts';

const DEFAULT_ROWS = 20;
/** Each is about ten requests. */
const LOOKS_AT_ONCE = 4;
const COLUMNS: readonly Column[] = [
  { title: 'JOB' },
  { title: 'STATE' },
  { title: 'STAGE' },
  { title: 'RECORDS', align: 'right' },
  { title: 'LEFT OUT', align: 'right' },
  { title: 'SUBMITTED' },
];

interface JobsOptions extends CloudOptions {
  readonly json?: boolean;
  readonly limit: number;
}

type Row = ListedJob & { readonly progress: Progress; readonly joined: JoinSummary | undefined };

export function registerJobs(program: Command): void {
  const command = program
    .command('jobs')
    .summary('list the batch jobs')
    .description(
      'Lists the batch jobs, the newest first: state, stage, records made, records left out, when submitted.',
    )
    .option(
      '-n, --limit <n>',
      'at most this many: each is a few requests',
      wholeNumber(1, 10_000),
      DEFAULT_ROWS,
    )
    .option('--json', 'one JSON object a line');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox jobs
  $ npx pillbox jobs -n 100 --json`,
    )
    .action(runJobs);
}

async function runJobs(options: JobsOptions): Promise<void> {
  const { openStore, bucket } = await openCloud(options);
  const store = openStore(bucket);
  const [{ listJobs }, { readJoinOf }, { readProgress }, { default: pLimit }] = await Promise.all([
    import('./jobs/list-jobs.ts'),
    import('./jobs/read-join.ts'),
    import('../../shared/pipeline/progress.ts'),
    import('p-limit'),
  ]);
  const { jobs, stoppedAt } = await listJobs(store);
  const unreadable: string[] = [];
  const looks = await pLimit(LOOKS_AT_ONCE).map(jobs.slice(0, options.limit), async (job) => {
    try {
      const progress = await readProgress(store, job.job);
      return { ...job, progress, joined: await readJoinOf(store, job.job, progress) };
    } catch (error) {
      // Such as one that another version planned: it must not hide the others.
      if (!(error instanceof TerminalError)) throw error;
      unreadable.push(`${job.job}: ${error.message}`);
      return undefined;
    }
  });
  const rows = looks.filter((row) => row !== undefined);
  if (options.json === true) for (const row of rows) console.log(jsonOf(row));
  else if (jobs.length === 0) console.log(`no jobs in gs://${bucket}/jobs/`);
  else if (rows.length > 0) console.log(formatTable(COLUMNS, rows.map(cellsOf)).join('\n'));
  for (const { job, joined } of rows) {
    if (joined === undefined) continue;
    for (const line of badRowLines(joined.badRows)) console.error(`pillbox: ${job}: ${line}`);
  }
  if (looks.length < jobs.length) {
    console.error(`pillbox: the newest ${looks.length} of ${jobs.length}; --limit shows more`);
  }
  for (const line of unreadable) console.error(`pillbox: ${printable(line)}`);
  if (stoppedAt !== undefined) {
    console.error(`pillbox: too many objects: jobs after ${printable(stoppedAt)} were not looked for`);
  }
}

function jsonOf({ job, submittedMs, progress, joined }: Row): string {
  const submitted = submittedMs === undefined ? {} : { submitted: new Date(submittedMs).toISOString() };
  return JSON.stringify({ job, ...submitted, ...progress, joined });
}

function cellsOf({ job, submittedMs, progress }: Row): string[] {
  const { state, stage, records, recordsDone, failed, failedIsAtLeast } = progress;
  return [
    job,
    state,
    state === 'done' ? '' : (stage ?? ''),
    records === undefined ? '-' : `${recordsDone} of ${records}`,
    failed === undefined ? '-' : `${failed}${failedIsAtLeast === true ? '+' : ''}`,
    submittedMs === undefined ? '-' : timeText(submittedMs),
  ];
}

/** `2026-11-21 14:37 UTC`. */
function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
