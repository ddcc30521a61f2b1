/** `pillbox sample`: writes synthetic data in the shape of MIMIC. */

import { type Command, Option } from 'commander';
import { MAX_IMAGES_PER_STUDY } from '../sample/tables/table-counts.ts';
import { CommandError, EXIT } from './command-error.ts';
import { createCounter } from './counter.ts';
import { wholeNumber } from './option-values.ts';
import { writeSampleTables } from './sample-tables.ts';
import { sizeText } from './size-text.ts';

interface SampleCommandOptions {
  readonly patients: number;
  readonly out: string;
  readonly seed: string;
  readonly faulty: number;
  readonly records?: number;
  readonly tablesOnly?: true;
  readonly reuseImages?: number;
}

export function registerSample(program: Command): void {
  program
    .command('sample')
    .summary('write synthetic chest X-rays, reports and clinical values')
    .description(
      'Writes a data set in the shape of MIMIC: chest-like images of clinical size, radiology-style reports, triage\n' +
        'values and a manifest; or, with --records, the seven tables as they are published, for the join. All of it is\n' +
        'synthetic. The same seed gives the same bytes; an interrupted run is completed by the next.',
    )
    .requiredOption('--out <dir>', 'folder to write to: empty, absent, or of an interrupted run')
    .option('--patients <n>', 'patients, of one to three studies each', wholeNumber(1), 20)
    .option('--seed <text>', 'what everything is drawn from', 'pillbox')
    .option(
      '--faulty <n>',
      'records to spoil: a cut image, a missing image, a cut manifest line, in turn',
      wholeNumber(0),
      0,
    )
    .addOption(
      new Option('--records <n>', 'tables, reports and images of which a join matches <n> studies')
        .argParser(wholeNumber(1))
        .conflicts(['patients', 'faulty']),
    )
    .addOption(
      new Option('--tables-only', 'with --records: no reports and no images').conflicts('reuseImages'),
    )
    .option(
      '--reuse-images <k>',
      `with --records: <k> images, ${MAX_IMAGES_PER_STUDY} or more, which all studies share`,
      wholeNumber(1),
    )
    .addHelpText(
      'after',
      `
An image takes about 0.15 s and 1.3 MB. With --records 107949 the tables have as many rows as MIMIC's, and answer.json
says what the join must find: 25 s of CPU time, 142 MiB of memory and 74 MiB of disk for the tables alone; 2 min and
1.3 GiB with --reuse-images 64, most of it for 225735 reports. With neither option 3.5 images a record are drawn.

Examples:
  $ npx pillbox sample --out my-sample                              20 patients, about 40 studies
  $ npx pillbox sample --out big --patients 1000 --seed 7           other patients
  $ npx pillbox sample --out bad --patients 10 --faulty 3           one fault of each kind
  $ npx pillbox sample --out small --records 20                     tables, reports and 70 images
  $ npx pillbox sample --out mimic --records 107949 --tables-only   for the join alone
  $ npx pillbox sample --out full --records 107949 --reuse-images 64
  $ npx pillbox cp -r full/. gs://pillbox/data/full                 into the cloud, for a job
  $ npx pillbox submit full/job.json`,
    )
    .action(runSample);
}

async function runSample(options: SampleCommandOptions): Promise<void> {
  const { out, seed, records, tablesOnly, reuseImages } = options;
  if (records !== undefined) {
    const images = tablesOnly ? 'none' : (reuseImages ?? 'each');
    await writeSampleTables({ dir: out, records, seed, images });
    return;
  }
  if (tablesOnly || reuseImages !== undefined) {
    throw new CommandError(EXIT.usage, '--tables-only and --reuse-images need --records');
  }
  await writePatients(options);
}

async function writePatients({ out, patients, seed, faulty }: SampleCommandOptions): Promise<void> {
  const { writeSample } = await import('../sample/write-sample.ts');
  const counter = createCounter(process.stderr, 'drawing', 'studies');
  try {
    const summary = await writeSample({
      dir: out,
      patients,
      seed,
      faulty,
      onProgress: ({ done, records }) => counter.show(done, records),
    });
    counter.end();
    console.log(
      `${out}: ${summary.records} studies of ${summary.patients} synthetic patients, ` +
        `${summary.images} images (${sizeText(summary.bytes)})${faulty > 0 ? `, ${faulty} records faulty on purpose` : ''}`,
    );
  } catch (error) {
    counter.end();
    if (error instanceof RangeError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  }
}
