/** The options by which a command finds the cloud it talks to, and the way there. */

import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import type { RunFile } from '../local/run-file.ts';
import { CommandError, EXIT } from './command-error.ts';
import { DEFAULT_DATA } from './option-values.ts';

export interface CloudOptions {
  readonly endpoint?: string;
  readonly google?: boolean;
  /** Folder of the running Pillbox. */
  readonly data: string;
}

export interface Cloud {
  readonly openStore: OpenStore;
  /** The bucket of a name without one. */
  readonly bucket: string;
}

export function addCloudOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--endpoint <url>', 'origin of a local cloud, such as http://127.0.0.1:8788').conflicts(
        'google',
      ),
    )
    .option('--google', 'Google Cloud, with its default credentials')
    .option('--data <dir>', 'folder of the Pillbox that runs here', DEFAULT_DATA)
    .addHelpText(
      'after',
      `
Which cloud: --endpoint or --google; else the variable PILLBOX_CLOUD_ENDPOINT; else the Pillbox that runs here.
Which bucket, where none is named: the variable PILLBOX_BUCKET, else "pillbox".`,
    );
}

/** Throws a CommandError: bad usage, or nothing is running there. */
export async function openCloud(options: CloudOptions): Promise<Cloud> {
  const { readBoxEnvironment } = await import('../../shared/box/box-environment.ts');
  const env = readBoxEnvironment(process.env);
  const bucket = env.PILLBOX_BUCKET;
  if (options.google === true) {
    const projectId = process.env['PILLBOX_PROJECT'];
    return { bucket, openStore: await openWith(projectId === undefined ? {} : { projectId }) };
  }
  const named = options.endpoint ?? env.PILLBOX_CLOUD_ENDPOINT;
  if (named !== undefined) await expectAnswer(named);
  // The one that runs here was asked already.
  const endpoint = named ?? (await findRunningCloud(options.data));
  return { bucket, openStore: await openWith({ endpoint, projectId: env.PILLBOX_PROJECT }) };
}

/** The client is by far the heaviest thing a command loads, so it comes last. */
async function openWith(options: { endpoint?: string; projectId?: string }): Promise<OpenStore> {
  const { openGoogleStore } = await import('../../shared/storage/google-object-store.ts');
  return openGoogleStore(options);
}

async function findRunningCloud(data: string): Promise<string> {
  const running = await findRunning(data, ', or name a cloud with --endpoint or --google');
  return running.cloud;
}

/** Throws a CommandError that says what to do, and `orElse`: 3 when none runs there, 1 when it does not answer. */
export async function findRunning(data: string, orElse = '', waitMs?: number): Promise<RunFile> {
  const { findRun } = await import('../local/run-file.ts');
  const found = await findRun(data, waitMs);
  if (found.state === 'running') return found.run;
  const file = join(data, 'run.json');
  if (found.state === 'silent') throw new CommandError(EXIT.failed, silentText(file, found.run));
  const reason =
    found.state === 'ended'
      ? `the Pillbox of ${file} has ended`
      : `no Pillbox is running here (there is no ${file})`;
  throw new CommandError(EXIT.notFound, `${reason}: start it with "npm start"${orElse}`);
}

/** Of a Pillbox whose process lives. Numbers of processes are used again, so it may be another's. */
export function silentText(file: string, { pid, cloud }: RunFile): string {
  return (
    `the Pillbox of ${file} does not answer at ${cloud}: it is busy or hangs; ` +
    `try again, or if process ${pid} is none, remove that file`
  );
}

/** The clients of Google try for minutes; that nothing listens is known at once. */
export async function expectAnswer(endpoint: string, waitMs?: number): Promise<void> {
  if (!URL.canParse(endpoint)) throw new CommandError(EXIT.usage, `--endpoint: ${endpoint} is no URL`);
  const { awaitAnswer, discard } = await import('../local/await-answer.ts');
  const answer = await awaitAnswer(endpoint, discard, waitMs);
  if (answer.state === 'answered') return;
  if (answer.state === 'silent') {
    throw new CommandError(EXIT.failed, `${endpoint} does not answer: it is busy or hangs; try again`);
  }
  throw new CommandError(
    EXIT.notFound,
    `nothing answers at ${endpoint}: is Pillbox running? "npm start" starts it`,
    { cause: answer.state === 'failed' ? answer.cause : undefined },
  );
}
