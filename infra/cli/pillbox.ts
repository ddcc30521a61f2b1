#!/usr/bin/env node
/** The `pillbox` command: reads the command line, runs one command, and turns its end into an exit code. */

import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { registerCancel } from './cancel.ts';
import { registerCloud } from './cloud.ts';
import { CommandError, EXIT, type ExitCode } from './command-error.ts';
import { registerCp } from './cp.ts';
import { errorLine } from './error-line.ts';
import { registerEvents } from './events.ts';
import { registerFit } from './fit.ts';
import { registerJobs } from './jobs.ts';
import { registerLs } from './ls.ts';
import { registerModels } from './models.ts';
import { DEFAULT_DATA, wholeNumber } from './option-values.ts';
import { registerPlan } from './plan.ts';
import { registerProfile } from './profile.ts';
import { registerReset } from './reset.ts';
import { registerResume } from './resume.ts';
import { registerSample } from './sample.ts';
import type { StartOptions } from './start.ts';
import { registerStatus } from './status.ts';
import { registerSubmit } from './submit.ts';
import { registerTasks } from './tasks.ts';
import { registerTop } from './top.ts';
import { registerVerify } from './verify.ts';

const EXIT_ON_TERMINATION = 143;

// A reader that has seen enough, such as head, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
);

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Every command loads what it needs when it runs, so that --help answers at once. */
function createProgram(): Command {
  const program = new Command('pillbox')
    .description('Medical machine learning in small boxes.')
    .version(packageJson.version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .addHelpText(
      'after',
      `
"pillbox <command> --help" explains a command and shows examples.

Exit codes: 0 done; 1 failed; 2 wrong usage; 3 nothing is running, or no such thing; 130 Ctrl-C.
PILLBOX_DEBUG=1 shows where an error came from.`,
    )
    .hook('preAction', (_, command) => {
      if (command.name() !== 'start') endOnSignals();
    });
  registerStart(program);
  for (const register of [
    registerSample,
    registerPlan,
    registerSubmit,
    registerJobs,
    registerStatus,
    registerCancel,
    registerResume,
    registerVerify,
    registerLs,
    registerCp,
    registerModels,
    registerTop,
    registerProfile,
    registerFit,
    registerCloud,
    registerTasks,
    registerEvents,
    registerReset,
  ])
    register(program);
  return program;
}

function registerStart(program: Command): void {
  program
    .command('start')
    .summary('run Pillbox on this machine and show its main job')
    .description(
      'Starts the local cloud, the edge and all functions on this machine; makes sample data if there is none; sends a\n' +
        'prediction to each model, runs one batch job, and stays up until Ctrl-C.',
    )
    .option('--once', 'end after the main job; the exit code says whether all of it worked', false)
    .option('--port <n>', 'port of the edge; 8787 where it is free', wholeNumber(0, 65_535))
    .option('--patients <n>', 'patients of the sample data', wholeNumber(1), 60)
    .option('--data <dir>', 'folder of all state', DEFAULT_DATA)
    .option(
      '--chaos <seed>',
      'misbehave as a cloud may: deliver twice, late and out of order, refuse, cut, lose answers, kill boxes',
    )
    .addHelpText(
      'after',
      `
Examples:
  $ npm start                          the same as npx pillbox start
  $ npm start -- --once --patients 5   a quick look
  $ npm start -- --once --chaos 7      the same outputs, whatever goes wrong on the way`,
    )
    .action(async (options: StartOptions) => {
      const { runStart } = await import('./start.ts');
      process.exitCode = await runStart(options);
    });
}

/** Exits through Node's own way out, so that unfinished files are removed. */
function endOnSignals(): void {
  process.once('SIGINT', () => process.exit(EXIT.interrupted));
  process.once('SIGTERM', () => process.exit(EXIT_ON_TERMINATION));
}

function report(error: unknown): ExitCode {
  // Commander has printed its message by now. It ends --help and --version by an error as well.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  console.error(process.env['PILLBOX_DEBUG'] === '1' ? error : `pillbox: ${errorLine(error)}`);
  return error instanceof CommandError ? error.exitCode : EXIT.failed;
}

/** "error: unknown option '--wach'\n(Did you mean --watch?)" becomes one line of ours. */
function oneLine(text: string): string {
  return `${text
    .replace(/^error: /, 'pillbox: ')
    .trimEnd()
    .replaceAll('\n', ' ')}\n`;
}
