/** `run.json`: where the Pillbox that runs in a folder can be reached, for commands in other terminals. */

import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const runFileSchema = z.object({
  pid: z.int().positive(),
  /** Origins, without a trailing slash. */
  edge: z.url(),
  cloud: z.url(),
  boxes: z.url(),
});

export type RunFile = z.infer<typeof runFileSchema>;

const FILE = 'run.json';

const ANSWER_TIMEOUT_MS = 1000;

export async function writeRunFile(dir: string, run: RunFile): Promise<void> {
  const path = join(dir, FILE);
  await writeFile(`${path}.new`, `${JSON.stringify(run, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}

/**
 * Undefined when nothing runs there: no file, an unreadable one, one whose process is gone, or one whose process is
 * another's by now, so that no cloud answers within a second.
 */
export async function readRunFile(dir: string): Promise<RunFile | undefined> {
  const text = await readFile(join(dir, FILE), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = runFileSchema.safeParse(parseJson(text));
  if (!parsed.success || !isAlive(parsed.data.pid)) return undefined;
  return (await answers(parsed.data.cloud)) ? parsed.data : undefined;
}

export async function removeRunFile(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Whatever the answer is. */
async function answers(origin: string): Promise<boolean> {
  try {
    const response = await fetch(origin, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
