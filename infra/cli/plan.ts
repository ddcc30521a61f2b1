/** `pillbox plan --what-if`: predicts what a job takes before anything runs. */

import { type Command, Option } from 'commander';
import type { Job } from '../../shared/pipeline/job.ts';
import { CommandError, EXIT } from './command-error.ts';
import { wholeNumber } from './option-values.ts';
import { MAX_PARTITIONS, MEASURED, usualPartitions } from './plan/work.ts';
import { JOB_DEFAULTS } from './submit/job-defaults.ts';
import { positiveNumber } from './submit/job-options.ts';

interface PlanOptions {
  readonly whatIf?: boolean;
  readonly records: number;
  readonly boxes: number;
  readonly imageSize?: number;
  readonly shardRecords?: number;
  readonly recordSeconds?: number;
  readonly memory: number;
  readonly partitions?: number;
  /** Without a job: whether tables are joined. */
  readonly join: boolean;
  readonly job?: string;
  readonly json?: boolean;
}

/** As functions/shard/function.json has it: its most instances. */
const DEFAULT_BOXES = 100;
const DEFAULT_MEMORY_MIB = 256;
const MAX_BOXES = 10_000;

export function registerPlan(program: Command): void {
  program
    .command('plan')
    .summary('predict tasks, time, storage and cost of a job')
    .description(
      'Predicts the tasks, time, storage, operations and cost of a job. Reaches no cloud and starts nothing.',
    )
    .option('--what-if', 'which is all that it does')
    .requiredOption('--records <n>', 'records of the job', wholeNumber(1, 4_294_967_296))
    .option('--boxes <n>', 'shards made at once: boxes of one vCPU', wholeNumber(1, MAX_BOXES), DEFAULT_BOXES)
    .option('--memory <MiB>', 'of a box', wholeNumber(128, 32_768), DEFAULT_MEMORY_MIB)
    .option(
      '--image-size <px>',
      `width and height of every image (${JOB_DEFAULTS.image.size})`,
      wholeNumber(1),
    )
    .option(
      '--shard-records <n>',
      `records that one task makes (${JOB_DEFAULTS.shardRecords})`,
      wholeNumber(1),
    )
    .option('--record-seconds <s>', 'CPU time of one record, where it was measured', positiveNumber)
    .option('--job <job.json>', 'a job that these options are taken from, where they are not given')
    .addOption(
      new Option(
        '--no-join',
        'records come from a manifest; without this and --job, from all tables of MIMIC',
      ).conflicts('job'),
    )
    .option(
      '--partitions <n>',
      'of the join: "partitions" of a join-plan.json (as many a record as MIMIC)',
      wholeNumber(1, MAX_PARTITIONS),
    )
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox plan --what-if --records 107949
  $ npx pillbox plan --what-if --records 107949 --boxes 2 --image-size 224
  $ npx pillbox plan --what-if --records 5000 --no-join
  $ npx pillbox plan --what-if --records 1000 --job first.json`,
    )
    .action(runPlan);
}

async function runPlan(options: PlanOptions): Promise<void> {
  const [{ predict }, { reportLines }, { costLines }] = await Promise.all([
    import('./plan/predict.ts'),
    import('./plan/report.ts'),
    import('./plan/cost.ts'),
  ]);
  if (options.whatIf !== true) {
    throw new CommandError(
      EXIT.usage,
      'plan: add --what-if; a job is planned by itself once it is submitted',
    );
  }
  const whatIf = {
    records: options.records,
    boxes: options.boxes,
    memoryMiB: options.memory,
    partitions: options.partitions ?? usualPartitions(options.records),
    recordSeconds: options.recordSeconds ?? MEASURED.recordCpuSeconds,
    job: await jobOf(options),
  };
  const prediction = predict(whatIf);
  if (options.json !== true) console.log(reportLines(whatIf, prediction).join('\n'));
  else console.log(JSON.stringify({ ...prediction, cost: costLines(prediction, options.memory) }));
}

async function jobOf({ job: file, imageSize, shardRecords, join }: PlanOptions): Promise<Job> {
  const [{ parseJob }, { draftJob }, { TABLE_NAMES }] = await Promise.all([
    import('../../shared/pipeline/job.ts'),
    import('./submit/draft-job.ts'),
    import('./submit/find-tables.ts'),
  ]);
  const tables = Object.fromEntries(TABLE_NAMES.map((table) => [table, `${table}.csv.gz`]));
  const source = join ? { table: tables } : { manifest: 'manifest.jsonl' };
  const given = {
    ...(imageSize !== undefined && { imageSize }),
    ...(shardRecords !== undefined && { shardRecords }),
    // What is predicted does not depend on the names, but there is no job without.
    ...(file === undefined && { id: 'what-if', ...source }),
  };
  const noCloud = () => Promise.reject(new Error('a prediction reaches no cloud'));
  return parseJob(await draftJob(file, given, noCloud));
}
