/** `pillbox submit`: makes or takes a job, checks it and its inputs, and hands it over. */

import type { Command } from 'commander';
import type { Job } from '../../shared/pipeline/job.ts';
import { addCloudOptions, type Cloud, type CloudOptions, openCloud } from './cloud-options.ts';
import { CommandError, EXIT } from './command-error.ts';
import { addTable, type DraftOptions } from './submit/draft-job.ts';
import { JOB_DEFAULTS } from './submit/job-defaults.ts';
import { addJobOptions } from './submit/job-options.ts';

interface SubmitOptions extends CloudOptions, DraftOptions {
  readonly bucket?: string;
  readonly watch?: boolean;
  readonly dryRun?: boolean;
}

export function registerSubmit(program: Command): void {
  const command = program
    .command('submit')
    .summary('start a batch job')
    .description(
      'Makes a job from a job.json, from options, or from both (options win); checks it and that its inputs are there; ' +
        'and writes it to jobs/<id>/job.json, which starts it.',
    )
    .argument('[job.json]', 'the job; without it, --id and --manifest or --tables are needed')
    .option('-w, --watch', 'stay and show the progress to the end')
    .option('--dry-run', 'print the job.json that would be written, and write nothing')
    .option(
      '--tables <prefix>',
      'join the tables of MIMIC-IV-ED and MIMIC-CXR-JPG found below gs://bucket/prefix/',
    )
    .option('--table <name=object>', 'one of them, wherever it is; may be given several times', addTable)
    .option('--bucket <name>', 'bucket of the job and its outputs; the boxes must watch it');
  addJobOptions(command).optionsGroup('Cloud:');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
A job.json needs a name and a manifest or tables; the rest has the defaults shown:
  {
    "id": "first",
    "manifest": "data/my-sample/manifest.jsonl",
${defaultLines()}
  }

Examples:
  $ npx pillbox submit first.json --watch
  $ npx pillbox submit --id first --manifest data/my-sample/manifest.jsonl
  $ npx pillbox submit --id mimic --tables gs://my-mimic/ --tokenizer gs://my-mimic/tokenizer.json \\
      --stratify-by view,clinical,label:Edema --dry-run
  $ npx pillbox cp -r gs://pillbox/jobs/first/out ./first      its outputs, when it is done`,
    )
    .action(runSubmit);
}

/** A line a field, as in a job.json. */
function defaultLines(): string {
  const fields = Object.entries(JOB_DEFAULTS);
  return fields.map(([name, value]) => `    "${name}": ${JSON.stringify(value)}`).join(',\n');
}

async function runSubmit(file: string | undefined, options: SubmitOptions): Promise<void> {
  if (file === undefined && options.id === undefined) {
    throw new CommandError(EXIT.usage, 'submit: name a job.json, or --id with --manifest or --tables');
  }
  const [{ parseJob }, { draftJob }] = await Promise.all([
    import('../../shared/pipeline/job.ts'),
    import('./submit/draft-job.ts'),
  ]);
  let opened: Cloud | undefined;
  const open = async () => {
    opened ??= {
      ...(await openCloud(options)),
      ...(options.bucket !== undefined && { bucket: options.bucket }),
    };
    return opened;
  };
  const text = await draftJob(file, options, open);
  const job = parseJob(text);
  if (options.dryRun === true) {
    process.stdout.write(text);
    return;
  }
  const cloud = await open();
  const { checkInputs } = await import('./submit/check-inputs.ts');
  const warnings = await checkInputs(job, cloud.openStore, cloud.bucket);
  for (const warning of warnings) console.error(`pillbox: ${warning}`);
  await expectNoLeftover(job, cloud);
  await createJob(job, text, cloud);
  await sayWhatNext(job, cloud, options);
}

async function sayWhatNext({ id }: Job, { openStore, bucket }: Cloud, options: SubmitOptions): Promise<void> {
  const folder = `gs://${bucket}/jobs/${id}/`;
  console.log(`submitted ${id}: ${folder}job.json`);
  if (options.watch !== true) {
    const variable = options.bucket === undefined ? '' : `PILLBOX_BUCKET=${bucket} `;
    console.log(`watch it: ${variable}npx pillbox status ${id} --watch`);
    return;
  }
  const [{ followJob }, { openPeaks }] = await Promise.all([
    import('./follow-job.ts'),
    import('./jobs/peaks.ts'),
  ]);
  await followJob(openStore(bucket), id, { json: false, readPeaks: await openPeaks(options) });
  console.log(`outputs: npx pillbox cp -r ${folder}out ./${id}`);
}

/** A job that still has its job.json is not looked at: createJob says that it exists. */
async function expectNoLeftover({ id: job }: Job, { openStore, bucket }: Cloud): Promise<void> {
  const [{ jobName }, { findLeftover, leftoverText }] = await Promise.all([
    import('../../shared/pipeline/object-names.ts'),
    import('../../shared/pipeline/leftovers.ts'),
  ]);
  const store = openStore(bucket);
  if ((await store.stat(jobName(job))) !== undefined) return;
  const leftover = await findLeftover(store, job);
  if (leftover !== undefined) throw new CommandError(EXIT.failed, leftoverText(leftover, { bucket, job }));
}

/** Writes the text as it was given: the box that reads it applies the same checks and defaults. */
async function createJob(job: Job, text: string, { openStore, bucket }: Cloud): Promise<void> {
  const [{ jobName }, { PreconditionFailedError }] = await Promise.all([
    import('../../shared/pipeline/object-names.ts'),
    import('../../shared/storage/storage-errors.ts'),
  ]);
  try {
    await openStore(bucket).create(jobName(job.id), text, {
      contentType: 'application/json',
      ifGenerationMatch: '0',
    });
  } catch (cause) {
    if (!(cause instanceof PreconditionFailedError)) throw cause;
    throw new CommandError(EXIT.failed, `a job of the name ${job.id} exists: choose another "id"`, { cause });
  }
}
