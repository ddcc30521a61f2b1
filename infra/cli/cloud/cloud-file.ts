/** `cloud.json`: where the `pillbox cloud` that runs in a folder can be reached, for commands in other terminals. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { awaitAnswer } from '../../local/await-answer.ts';
import { isAlive } from '../../local/run-file.ts';
import { CommandError, EXIT } from '../command-error.ts';

const cloudFileSchema = z.object({
  pid: z.int().positive(),
  /** Origin, without a trailing slash. */
  cloud: z.url(),
  /** What tells this run of it from another that took its port. */
  instanceId: z.string(),
});

export type CloudFile = z.infer<typeof cloudFileSchema>;

const instanceSchema = z.object({ id: z.string(), pid: z.int(), parentPid: z.int() });

const FILE = 'cloud.json';

export async function writeCloudFile(dir: string, file: CloudFile): Promise<void> {
  await writeFile(join(dir, FILE), `${JSON.stringify(file, undefined, 2)}\n`);
}

export async function removeCloudFile(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
}

/**
 * Undefined when none runs there: no file, an unreadable one, or one that a kill left behind, also when another answers.
 * Throws a CommandError when its process lives and does not answer.
 */
export async function readCloudFile(dir: string, waitMs?: number): Promise<CloudFile | undefined> {
  const text = await readFile(join(dir, FILE), 'utf8').catch(() => undefined);
  const file = text === undefined ? undefined : parse(cloudFileSchema, text);
  if (file === undefined) return undefined;
  try {
    return (await askInstance(file.cloud, waitMs))?.id === file.instanceId ? file : undefined;
  } catch (error) {
    if (isAlive(file.pid)) throw error;
    return undefined;
  }
}

/** Which local cloud answers there; undefined when none does. Throws a CommandError when it takes too long. */
export async function askInstance(
  origin: string,
  waitMs?: number,
): Promise<z.infer<typeof instanceSchema> | undefined> {
  const read = async (response: Response) => parse(instanceSchema, await response.text());
  const answer = await awaitAnswer(`${origin}/_pillbox/instance`, read, waitMs);
  if (answer.state === 'answered') return answer.value;
  if (answer.state !== 'silent') return undefined;
  throw new CommandError(
    EXIT.failed,
    `the local cloud at ${origin} does not answer: it is busy or hangs; try again`,
  );
}

function parse<Value>(schema: z.ZodType<Value>, text: string): Value | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
