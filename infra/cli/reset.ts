/** `pillbox reset`: empties a local cloud. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import {
  addLocalCloudOptions,
  type FoundCloud,
  findInstance,
  type LocalCloudOptions,
} from './cloud/local-endpoint.ts';
import { CommandError, EXIT } from './command-error.ts';

interface ResetOptions extends LocalCloudOptions {
  readonly yes: boolean;
}

export function registerReset(program: Command): void {
  addLocalCloudOptions(program.command('reset'))
    .summary('empty the local cloud')
    .description(
      'Removes every object, bucket, task and event of a local cloud, running or not. Configured buckets and queues are\n' +
        'made again. Never touches Google Cloud.',
    )
    .option('-y, --yes', 'do not ask', false)
    .addHelpText(
      'after',
      `
Examples:
  $ npx pillbox reset          asks first
  $ npx pillbox reset --yes`,
    )
    .action(runReset);
}

async function runReset(options: ResetOptions): Promise<void> {
  const running = await findInstance(options);
  const dir = join(options.data, 'cloud');
  const isThere = await stat(join(dir, 'state.sqlite')).then(
    () => true,
    () => false,
  );
  if (running === undefined && !isThere)
    throw new CommandError(EXIT.notFound, `there is no local cloud in ${dir}`);
  const what = running?.origin ?? dir;
  if (!options.yes && !(await isAgreed(`Remove everything from the local cloud ${what}?`))) {
    return console.log('nothing was removed');
  }
  if (running === undefined) await emptyFolder(dir);
  else await emptyRunning(running);
  console.log(`emptied ${what}`);
}

/** Another that took its place while the question was asked refuses. */
async function emptyRunning({ origin, instanceId }: FoundCloud): Promise<void> {
  const { askCloud } = await import('./cloud/ask-cloud.ts');
  const query = instanceId === undefined ? '' : `?${new URLSearchParams({ instance: instanceId })}`;
  await askCloud(origin, { method: 'POST', path: `/_pillbox/reset${query}` }, z.unknown());
}

/** Throws when a local cloud uses the folder after all. */
async function emptyFolder(dir: string): Promise<void> {
  const [{ openState }, { removeState }] = await Promise.all([
    import('../local/cloud/state.ts'),
    import('../local/cloud/control/remove-state.ts'),
  ]);
  openState(dir).close();
  await removeState(dir);
}

async function isAgreed(question: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) throw new CommandError(EXIT.usage, 'nobody to ask: add --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
  return /^y(es)?$/i.test(answer.trim());
}
