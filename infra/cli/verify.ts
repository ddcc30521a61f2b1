/** `pillbox verify`: checks that the outputs of a job are whole, add up, and share no patient between splits. */

import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { addCloudOptions, type CloudOptions, openCloud } from './cloud-options.ts';
import { CommandError, EXIT } from './command-error.ts';
import { badRowLines } from './jobs/join-lines.ts';
import { printable } from './printable.ts';
import { sizeText } from './size-text.ts';
import { formatTable } from './table.ts';
import type { OutputSource } from './verify/output-source.ts';
import type { Verified } from './verify/verify-outputs.ts';

interface VerifyOptions extends CloudOptions {
  readonly json?: boolean;
}

export function registerVerify(program: Command): void {
  const command = program
    .command('verify')
    .summary('check the outputs of a finished batch job')
    .description(
      'Reads all outputs of a batch job once, in its bucket or in a folder they were copied to, and checks that every\n' +
        'file is there and unchanged, every sample whole, every record there once and in its split, that no patient is\n' +
        'in two splits, every study that was left out told, and the generation of every input. Ends with 1 and says what\n' +
        'is wrong when not; with 3 when there is nothing to check.',
    )
    .argument('<job|folder>', 'the "id" of a job, or a folder with its outputs')
    .option('--json', 'as JSON');
  addCloudOptions(command)
    .addHelpText(
      'after',
      `
A name with a slash or a dot in it is a folder, and so is one that a folder here has.

Examples:
  $ npx pillbox verify demo                                     in the bucket
  $ npx pillbox cp -r gs://pillbox/jobs/demo/out ./demo && npx pillbox verify ./demo`,
    )
    .action(runVerify);
}

async function runVerify(target: string, options: VerifyOptions): Promise<void> {
  const source = await openSource(target, options);
  const { readDatasetMetadata } = await import('./verify/dataset-metadata.ts');
  const { verifyOutputs } = await import('./verify/verify-outputs.ts');
  if (!(await source.list()).has('metadata.json')) {
    throw new CommandError(
      EXIT.notFound,
      `there is no metadata.json in ${printable(source.place)}: it is the last thing that a job writes`,
    );
  }
  const metadata = await readDatasetMetadata(source);
  const verified = await verifyOutputs(source, metadata);
  const { problems } = verified;
  if (options.json === true) console.log(JSON.stringify(forPrograms(source, metadata.job, verified)));
  else console.log(describe(source, metadata.job, verified).join('\n'));
  if (problems.count > 0) {
    const noun = problems.count === 1 ? 'problem' : 'problems';
    throw new CommandError(EXIT.failed, `${printable(source.place)}: ${problems.count} ${noun}`);
  }
}

async function openSource(target: string, options: VerifyOptions): Promise<OutputSource> {
  const { bucketSource, folderSource } = await import('./verify/output-source.ts');
  const isFolder = await stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) return folderSource(target);
  if (/[./\\]/.test(target)) throw new CommandError(EXIT.notFound, `there is no folder ${printable(target)}`);
  const { JOB_ID_PATTERN } = await import('../../shared/pipeline/job.ts');
  if (!JOB_ID_PATTERN.test(target)) {
    throw new CommandError(
      EXIT.usage,
      `${printable(target)} is no folder, and no name of a job: a-z, 0-9, _ and -, at most 63 characters`,
    );
  }
  const { openStore, bucket } = await openCloud(options);
  return bucketSource(openStore(bucket), bucket, target);
}

function describe(source: OutputSource, job: string, verified: Verified): string[] {
  const { files, sizeBytes, counts, inputs, join, proof, problems } = verified;
  const { trainVal, trainTest, valTest } = proof.shared;
  const split = (name: 'train' | 'val' | 'test') =>
    `${counts[name]} records of ${proof.splits[name].subjects} subjects`;
  const rows = [
    ['job', printable(job)],
    ['outputs', printable(source.place)],
    ['files', `${files}, ${sizeText(sizeBytes)}`],
    ['inputs', `${inputs.count}, provenance.json has the generations of ${inputs.pinned}`],
    ...(join === undefined
      ? []
      : [
          [
            'studies',
            `${join.studies}, ${join.matched.count} of them matched, the others in unmatched.jsonl`,
          ],
        ]),
    ['train', split('train')],
    ['val', split('val')],
    ['test', split('test')],
    ['left out', `${counts.failed} records`],
    ['in two splits', `${trainVal + trainTest + valTest} subjects`],
    ['result', problems.count === 0 ? 'all is as metadata.json says' : 'NOT as it should be'],
  ];
  const more = problems.count - problems.told.length;
  return [
    ...formatTable([{ title: '' }, { title: '' }], rows, { titles: false }),
    ...(join === undefined ? [] : badRowLines(join.badRows)),
    ...problems.told.map((text) => `- ${printable(text)}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ];
}

function forPrograms(source: OutputSource, job: string, verified: Verified): object {
  const { problems, ...rest } = verified;
  return { job, place: source.place, ok: problems.count === 0, ...rest, problems: problems.told };
}
