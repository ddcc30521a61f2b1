/** `cloud.json`: where the `pillbox cloud` that runs in a folder can be reached, for commands in other terminals. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

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

const ANSWER_TIMEOUT_MS = 1000;

export async function writeCloudFile(dir: string, file: CloudFile): Promise<void> {
  await writeFile(join(dir, FILE), `${JSON.stringify(file, undefined, 2)}\n`);
}

export async function removeCloudFile(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
}

/** Undefined when none runs there: no file, an unreadable one, or one that a kill left behind, also when another answers. */
export async function readCloudFile(dir: string): Promise<CloudFile | undefined> {
  try {
    const file = cloudFileSchema.parse(JSON.parse(await readFile(join(dir, FILE), 'utf8')));
    return (await askInstance(file.cloud))?.id === file.instanceId ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Which local cloud answers there; undefined when none does within a second. */
export async function askInstance(origin: string): Promise<z.infer<typeof instanceSchema> | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(`${origin}/_pillbox/instance`, { signal });
    return instanceSchema.parse(await response.json());
  } catch {
    return undefined;
  }
}
