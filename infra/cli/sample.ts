/** `pillbox sample`: writes synthetic data in the shape of MIMIC. */

import type { Command } from 'commander';
import { CommandError, EXIT } from './command-error.ts';
import { createCounter } from './counter.ts';
import { wholeNumber } from './option-values.ts';
import { sizeText } from './size-text.ts';

interface SampleCommandOptions {
  readonly patients: number;
  readonly out: string;
  readonly seed: string;
  readonly faulty: number;
}

export function registerSample(program: Command): void {
  program
    .command('sample')
    .summary('write synthetic chest X-rays, reports and clinical values')
    .description(
      'Writes a data set in the shape of MIMIC: chest-like images of clinical size, radiology-style reports, triage\n' +
        'values and a manifest. All of it is synthetic. The same seed gives the same bytes; an interrupted run is\n' +
        'completed by the next.',
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
    .addHelpText(
      'after',
      `
An image takes about 0.15 s and 1.3 MB.

Examples:
  $ npx pillbox sample --out my-sample                              20 patients, about 40 studies
  $ npx pillbox sample --out big --patients 1000 --seed 7           other patients
  $ npx pillbox sample --out bad --patients 10 --faulty 3           one fault of each kind
  $ npx pillbox cp -r my-sample/. gs://pillbox/data/my-sample       into the cloud, for a job`,
    )
    .action(runSample);
}

async function runSample({ out, patients, seed, faulty }: SampleCommandOptions): Promise<void> {
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
