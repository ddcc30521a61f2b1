/** `pillbox top`: a live table of the functions: memory against their limits, work, queue, state. */

import { type Command, InvalidArgumentError } from 'commander';
import { DEFAULT_DATA } from './option-values.ts';
import type { TopOptions } from './top/run-top.ts';

const LEAST_INTERVAL_SECONDS = 0.2;

export function registerTop(program: Command): void {
  program
    .command('top')
    .summary("watch the functions' memory, work and state")
    .description(
      'Shows every function of the Pillbox that runs here: its memory against its limit (= resident, - the most it ever\n' +
        'held), requests a second, in work and waiting, and how often it was killed or recycled. Ctrl-C ends it.',
    )
    .option('--data <dir>', 'folder of the Pillbox that runs here', DEFAULT_DATA)
    .option('--once', 'print one table and end', false)
    .option('--interval <s>', 'seconds between two readings', seconds, 1)
    .option('--json', 'one JSON object a reading', false)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox top
  $ npx pillbox top --once                    one table, for a log
  $ npx pillbox top --once --json | jq .      all that is known, for a program

state: off (no process), starting, ready, or the level of its memory budget: normal, shed, flush, stop, drain.
MiB: of the instance that holds most. Where the output is no terminal, a table follows a table.`,
    )
    .action(async (options: TopOptions) => {
      const { runTop } = await import('./top/run-top.ts');
      await runTop(options);
    });
}

function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= LEAST_INTERVAL_SECONDS) return value;
  throw new InvalidArgumentError(`It must be a number of seconds, ${LEAST_INTERVAL_SECONDS} or more.`);
}
