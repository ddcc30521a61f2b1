/** `run.json`: where the Pillbox that runs in a folder can be reached, for commands in other terminals. */

import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { awaitAnswer, discard } from './await-answer.ts';

const runFileSchema = z.object({
  pid: z.int().positive(),
  /** Origins, without a trailing slash. */
  edge: z.url(),
  cloud: z.url(),
  boxes: z.url(),
});

export type RunFile = z.infer<typeof runFileSchema>;

/** none: there is no file. ended: a file, but not what it tells of. silent: its process lives, its cloud does not answer. */
export type FoundRun =
  | { readonly state: 'none' | 'ended' }
  | { readonly state: 'running' | 'silent'; readonly run: RunFile };

const FILE = 'run.json';

export async function writeRunFile(dir: string, run: RunFile): Promise<void> {
  const path = join(dir, FILE);
  await writeFile(`${path}.new`, `${JSON.stringify(run, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
}

/** Asks the cloud as well: a process of that number may be another's by now, so that its connections are refused. */
export async function findRun(dir: string, waitMs?: number): Promise<FoundRun> {
  const text = await readText(dir);
  if (text === undefined) return { state: 'none' };
  const run = parseRun(text);
  if (run === undefined) return { state: 'ended' };
  const { state } = await awaitAnswer(run.cloud, discard, waitMs);
  if (state === 'answered') return { state: 'running', run };
  return state === 'refused' || !isAlive(run.pid) ? { state: 'ended' } : { state: 'silent', run };
}

/** Asks nobody. Undefined when there is no file, an unreadable one, or one whose process is gone. */
export async function readRunFile(dir: string): Promise<RunFile | undefined> {
  const text = await readText(dir);
  return text === undefined ? undefined : parseRun(text);
}

export async function removeRunFile(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
}

async function readText(dir: string): Promise<string | undefined> {
  return await readFile(join(dir, FILE), 'utf8').catch(() => undefined);
}

function parseRun(text: string): RunFile | undefined {
  const parsed = runFileSchema.safeParse(parseJson(text));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it lives.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
