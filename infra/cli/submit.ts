/** `pillbox submit`: checks a job and hands it over. */

import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Job } from '../../shared/pipeline/job.ts';
import { addCloudOptions, type Cloud, type CloudOptions, openCloud } from './cloud-options.ts';
import { CommandError, EXIT } from './command-error.ts';
import { gsUrl } from './gs-url.ts';

/** As much as the plan box reads of a job. */
const JOB_LIMIT_BYTES = 64 * 1024;

interface SubmitOptions extends CloudOptions {
  readonly watch?: boolean;
}

export function registerSubmit(program: Command): void {
  const command = program
    .command('submit')
    .summary('start a batch job')
    .description('Checks a job and its manifest, and writes it to jobs/<id>/job.json, which starts it.')
    .argument('<job.json>', 'the job')
    .option('-w, --watch', 'stay and show the progress to the end');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
A job.json needs a name and a manifest; the rest has the defaults shown:
  {
    "id": "first",
    "manifest": "data/my-sample/manifest.jsonl",
    "seed": "pillbox", "shardRecords": 16, "partsPerTar": 31,
    "splits": { "train": 0.7, "val": 0.15, "test": 0.15 }, "splitBy": "subject",
    "image": { "size": 518 }
  }

Examples:
  $ npx pillbox submit first.json --watch
  $ npx pillbox cp -r gs://pillbox/jobs/first/out ./first      its outputs, when it is done`,
    )
    .action(runSubmit);
}

async function runSubmit(file: string, options: SubmitOptions): Promise<void> {
  const { parseJob } = await import('../../shared/pipeline/job.ts');
  const text = await readJobFile(file);
  const job = parseJob(text);
  const cloud = await openCloud(options);
  await expectManifest(job, cloud);
  await expectNoLeftover(job, cloud);
  await createJob(job, text, cloud);
  const folder = `gs://${cloud.bucket}/jobs/${job.id}/`;
  console.log(`submitted ${job.id}: ${folder}job.json`);
  if (options.watch === true) {
    const { followJob } = await import('./follow-job.ts');
    await followJob(cloud.openStore(cloud.bucket), job.id, { json: false });
    console.log(`outputs: npx pillbox cp -r ${folder}out ./${job.id}`);
  } else {
    console.log(`watch it: npx pillbox status ${job.id} --watch`);
  }
}

async function readJobFile(file: string): Promise<string> {
  await using handle = await open(file).catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw isAbsent ? new CommandError(EXIT.notFound, `there is no ${file}`, { cause }) : cause;
  });
  const buffer = Buffer.alloc(JOB_LIMIT_BYTES + 1);
  const { bytesRead } = await handle.read(buffer);
  if (bytesRead > JOB_LIMIT_BYTES)
    throw new CommandError(EXIT.failed, `${file} is larger than ${JOB_LIMIT_BYTES} bytes`);
  return buffer.toString('utf8', 0, bytesRead);
}

async function expectManifest(job: Job, { openStore, bucket }: Cloud): Promise<void> {
  const { resolveLocation } = await import('../../shared/pipeline/object-location.ts');
  const place = resolveLocation(job.manifest, bucket, '');
  if (place === undefined) throw new CommandError(EXIT.failed, 'job.json: manifest: names no object');
  if ((await openStore(place.bucket).stat(place.name)) !== undefined) return;
  throw new CommandError(
    EXIT.notFound,
    `there is no manifest ${gsUrl(place)}: copy the data there first ("pillbox cp --help" shows how)`,
  );
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
