/** `pillbox fit`: the smallest memory limit at which a function holds, the concurrency there, and what it costs. */

import type { Command } from 'commander';
import type { FitOptions } from './fit/run-fit.ts';
import { DEFAULT_DATA, wholeNumber } from './option-values.ts';

export function registerFit(program: Command): void {
  program
    .command('fit')
    .summary('the smallest memory limit at which a function holds')
    .description(
      'Runs the sample requests of a function under falling memory limits and finds the smallest, in steps of 8 MiB, at\n' +
        'which all are answered and no process is killed; then how many requests at once it takes there, and the price.\n' +
        'A service is sent the examples of its own API; a pipeline step is run by a small batch job of synthetic data.',
    )
    .argument('<function>', 'a folder of functions/')
    .option('--from <MiB>', 'smallest limit to try', wholeNumber(8), 48)
    .option(
      '--to <MiB>',
      "largest limit to try; by default what the function's function.json says",
      wholeNumber(16),
    )
    .option(
      '--clients <n>',
      "most requests at once to try; by default the function's concurrency",
      wholeNumber(1, 1000),
    )
    .option(
      '--watch',
      'hold the limit by watching the process, even where a memory cgroup can be made',
      false,
    )
    .option('--data <dir>', 'folder of all state', DEFAULT_DATA)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox fit diabetes
  $ npx pillbox fit shard --from 96 --to 256 --clients 2

Neither a memory cgroup nor the watch kills for pages of files, such as code and mapped models, which a kernel takes
back first; what the table calls resident counts them.`,
    )
    .action(async (name: string, options: FitOptions) => {
      const { runFit } = await import('./fit/run-fit.ts');
      await runFit(name, options);
    });
}
