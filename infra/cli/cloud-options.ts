/** The options by which a command finds the cloud it talks to, and the way there. */

import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import type { RunFile } from '../local/run-file.ts';
import { CommandError, EXIT } from './command-error.ts';
import { DEFAULT_DATA } from './option-values.ts';

/** A server on this machine answers in milliseconds. */
const ANSWER_TIMEOUT_MS = 3_000;

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
  const endpoint = options.endpoint ?? env.PILLBOX_CLOUD_ENDPOINT ?? (await findRunningCloud(options.data));
  await expectAnswer(endpoint);
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

/** Throws a CommandError (3) that says what to do, and `orElse`. */
export async function findRunning(data: string, orElse = ''): Promise<RunFile> {
  const { readRunFile } = await import('../local/run-file.ts');
  const running = await readRunFile(data);
  if (running !== undefined) return running;
  const file = join(data, 'run.json');
  const isStale = await access(file).then(
    () => true,
    () => false,
  );
  const reason = isStale
    ? `the Pillbox of ${file} has ended`
    : `no Pillbox is running here (there is no ${file})`;
  throw new CommandError(EXIT.notFound, `${reason}: start it with "npm start"${orElse}`);
}

/** The clients of Google try for minutes; whether anything listens at all is known at once. */
async function expectAnswer(endpoint: string): Promise<void> {
  if (!URL.canParse(endpoint)) throw new CommandError(EXIT.usage, `--endpoint: ${endpoint} is no URL`);
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    await response.body?.cancel();
  } catch (cause) {
    throw new CommandError(
      EXIT.notFound,
      `nothing answers at ${endpoint}: is Pillbox running? "npm start" starts it`,
      { cause },
    );
  }
}
