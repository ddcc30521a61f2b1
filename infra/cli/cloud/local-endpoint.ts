/** Which local cloud a command means: the one named, the Pillbox that runs here, or the "pillbox cloud" that does. */

import { access } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { CommandError, EXIT } from '../command-error.ts';
import { DEFAULT_DATA } from '../option-values.ts';
import { askInstance, readCloudFile } from './cloud-file.ts';

export interface LocalCloudOptions {
  readonly endpoint?: string;
  /** Folder of the Pillbox or of the "pillbox cloud" that runs here. */
  readonly data: string;
  /** Whether the folder was named on the command line. */
  readonly isDataNamed?: boolean;
}

export interface FoundCloud {
  /** Without a trailing slash. */
  readonly origin: string;
  /** Of the one that runs in the folder; undefined for one that was named by its address. */
  readonly instanceId?: string;
}

export function addLocalCloudOptions(command: Command): Command {
  return command
    .addOption(new Option('--endpoint <url>', 'origin of a local cloud, such as http://127.0.0.1:8788'))
    .option('--data <dir>', 'folder of the Pillbox or "pillbox cloud" that runs here', DEFAULT_DATA)
    .addHelpText(
      'after',
      `
Which cloud: --endpoint; else --data, where it is given; else the variable PILLBOX_CLOUD_ENDPOINT; else what runs in the
default folder.`,
    )
    .hook('preAction', (parsed) => {
      parsed.setOptionValue('isDataNamed', parsed.getOptionValueSource('data') === 'cli');
    });
}

/** Origin without a trailing slash; undefined when none is named and none runs in that folder. */
export async function findLocalCloud(options: LocalCloudOptions): Promise<string | undefined> {
  return (await findInstance(options))?.origin;
}

/** Undefined when none is named and none runs in that folder: another that took the port of a dead one is not it. */
export async function findInstance(options: LocalCloudOptions): Promise<FoundCloud | undefined> {
  const { endpoint, data, isDataNamed = false } = options;
  const named = endpoint ?? (isDataNamed ? undefined : process.env['PILLBOX_CLOUD_ENDPOINT']);
  if (named !== undefined && named !== '') {
    if (!URL.canParse(named)) throw new CommandError(EXIT.usage, `--endpoint: ${named} is no URL`);
    return { origin: named.replace(/\/+$/, '') };
  }
  const pillbox = await findPillbox(data);
  if (pillbox !== undefined) return pillbox;
  const file = await readCloudFile(data);
  return file && { origin: file.cloud, instanceId: file.instanceId };
}

/** The cloud of a Pillbox is a process of its own, started by the one that its file names. */
async function findPillbox(data: string): Promise<FoundCloud | undefined> {
  const { readRunFile } = await import('../../local/run-file.ts');
  const run = await readRunFile(data);
  const instance = run && (await askInstance(run.cloud));
  if (run === undefined || instance === undefined) return undefined;
  const isItsOwn = instance.pid === run.pid || instance.parentPid === run.pid;
  return isItsOwn ? { origin: run.cloud, instanceId: instance.id } : undefined;
}

/** Throws a CommandError (3) when there is none. */
export async function expectLocalCloud(options: LocalCloudOptions): Promise<string> {
  const found = await findLocalCloud(options);
  if (found !== undefined) return found;
  const isFolder = await access(options.data).then(
    () => true,
    () => false,
  );
  const reason = isFolder
    ? `no local cloud is running in ${options.data}`
    : `there is no folder ${options.data}`;
  throw new CommandError(
    EXIT.notFound,
    `${reason}: start one with "npx pillbox cloud" or "npm start", or name one with --endpoint`,
  );
}
