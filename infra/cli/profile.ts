/** `pillbox profile`: the memory curve of one request, from the start of a process and warm. */

import type { Command } from 'commander';
import { DEFAULT_DATA, wholeNumber } from './option-values.ts';
import type { ProfileOptions } from './profile/run-profile.ts';

export function registerProfile(program: Command): void {
  program
    .command('profile')
    .summary('the memory curve of one request')
    .description(
      'Starts a process of the function as the supervisor would, sends it the request twice, and shows its memory every\n' +
        '5 ms: cold, from the start of the process, and warm. Draws both curves as text, and as a picture (SVG).',
    )
    .argument('<function>', 'a folder of functions/')
    .argument('<request...>', 'METHOD path [body] [--header "name: value"] [--example], after --')
    .option(
      '--data <dir>',
      'folder of all state; a pipeline step needs the Pillbox that runs there',
      DEFAULT_DATA,
    )
    .option('--svg <file>', 'the picture; by default in the folder of all state')
    .option(
      '--warm <n>',
      'requests before the warm one; the cold one is the first of them',
      wholeNumber(1),
      1,
    )
    .addHelpText(
      'after',
      `
body: JSON, or @file (its type follows from its name), or --example for the example of the function's own API.

Examples:
  $ npx pillbox profile diabetes -- POST /tabular --example
  $ npx pillbox profile heart --warm 20 --svg heart.svg -- POST /tabular @patient.json
  $ npx pillbox profile diabetes -- POST /retina @photo.jpg --header 'accept: application/json'`,
    )
    .action(async (name: string, request: string[], options: ProfileOptions) => {
      const { runProfile } = await import('./profile/run-profile.ts');
      await runProfile(name, request, options);
    });
}
