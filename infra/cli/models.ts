/** `pillbox models`: looks into models, packs them for a box, and holds them against their cards. */

import { type Command, InvalidArgumentError } from 'commander';
import type { PackOptions } from './models-pack.ts';
import type { VerifyOptions } from './models-verify.ts';

const MIB_PER_UNIT: Readonly<Record<string, number>> = { Mi: 1, Gi: 1024 };

export function registerModels(program: Command): void {
  const models = program
    .command('models')
    .summary('inspect, pack and verify models')
    .description('Looks into models, packs them for a box, and holds them against their cards.');
  registerInspect(models);
  registerPack(models);
  registerVerify(models);
}

function registerInspect(models: Command): void {
  models
    .command('inspect')
    .summary('what an ONNX file says of itself')
    .description(
      'Prints inputs, outputs, weights and operators. Reads no weights, so that any size is quick.',
    )
    .argument('<file>', 'an ONNX file')
    .option('--json', 'for a program to read')
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const { runInspect } = await import('./models-inspect.ts');
      runInspect(file, options);
    });
}

function registerPack(models: Command): void {
  models
    .command('pack')
    .summary('make a model small enough for its box')
    .description(
      'Optimises the graph ahead for this processor, in a form that is mapped in place of read; measures both forms in\n' +
        'a process with the limit of the box; and writes what it measured into the card.',
    )
    .argument('<model>', 'an ONNX file')
    .requiredOption('--card <file>', 'its card; sha256 and bytes are filled in')
    .option('--limit <size>', 'memory of the box: 256Mi, 1Gi', memorySize, 256)
    .option('--out <dir>', "folder of the result; the card's by default")
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox models pack ecg.onnx --card ecg.card.json
  $ npx pillbox models pack ecg.onnx --card ecg.card.json --limit 512Mi --out packed

A packed model is for the kind of processor and the version of ONNX Runtime that it was packed with: pack where it will
run. Anywhere else the graph is loaded as it is, with a warning.`,
    )
    .action(async (model: string, options: PackOptions) => {
      const { runPack } = await import('./models-pack.ts');
      await runPack(model, options);
    });
}

function registerVerify(models: Command): void {
  models
    .command('verify')
    .summary('hold a model against its card')
    .description('Checks hashes, the card against the graph, and the known answer where the card has one.')
    .requiredOption('--card <file>', 'the card of an image model')
    .option('--models <dir>', "folder of the model; the card's by default")
    .option('--like <card>', 'card of another form of the model, to compare known answers with')
    .action(async (options: VerifyOptions) => {
      const { runVerify } = await import('./models-verify.ts');
      await runVerify(options);
    });
}

/** In MiB. */
function memorySize(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+)(Mi|Gi)$/.exec(text) ?? [];
  const value = Number(digits) * (MIB_PER_UNIT[unit] ?? 0);
  if (value > 0) return value;
  throw new InvalidArgumentError('It must be a size such as 256Mi or 1Gi.');
}
