/** The local cloud as a process of its own, held to little memory: it streams, whatever the size of an object. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ServerProcess, type ServerProcessOptions, startServerProcess } from './server-process.ts';
import { boxProcessOptions } from './supervisor/box-process-options.ts';

export interface CloudProcessOptions extends Pick<ServerProcessOptions, 'onLine' | 'onDeath'> {
  /** Where `cloud/`, its state, and `cloud.config.json` are kept; made if absent. */
  readonly dir: string;
  /** 0 = any. */
  readonly port: number;
  /** See cloud-config.ts. */
  readonly config: unknown;
  readonly env?: Readonly<Record<string, string>>;
}

/** What it is sized for; nothing kills it above. */
const MEMORY_MIB = 192;

const MAIN = join(import.meta.dirname, 'cloud', 'main.ts');

/** Resolves once it serves. Throws with its last line of output when it ends before that. */
export async function startCloudProcess(options: CloudProcessOptions): Promise<ServerProcess> {
  const { dir, port, config, env, onLine, onDeath } = options;
  const configFile = join(dir, 'cloud.config.json');
  await mkdir(dir, { recursive: true });
  await writeFile(configFile, `${JSON.stringify(config, undefined, 2)}\n`);
  const sized = boxProcessOptions(MEMORY_MIB);
  return startServerProcess({
    name: 'the local cloud',
    args: [
      ...sized.nodeFlags,
      MAIN,
      '--port',
      String(port),
      '--dir',
      join(dir, 'cloud'),
      '--config',
      configFile,
    ],
    env: { ...sized.env, ...env },
    onLine,
    onDeath,
  });
}
