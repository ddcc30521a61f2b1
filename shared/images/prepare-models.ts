/** Makes and packs the image models of all functions ahead, so that no box has to: each in a process of its own. */

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';

const PROCESS = join(import.meta.dirname, 'prepare-model-process.ts');
/** ResNet-50 takes some seconds on one slow processor. */
const LONGEST_MS = 300_000;

export interface PrepareJob {
  readonly cardPath: string;
  readonly cacheFolder: string;
  readonly modelsFolder: string;
}

const kindSchema = z.looseObject({ kind: z.string(), name: z.string(), version: z.string() });
const outcomeSchema = z.strictObject({ made: z.boolean(), packed: z.boolean() });

export type PrepareOutcome = z.infer<typeof outcomeSchema>;

/**
 * Does nothing for a model that is made already and packed for this processor and runtime. Stopped anywhere it may be
 * run again, and two processes may run it at once. Rejects when a model can be neither found nor made.
 *
 * @param onNote told one line for each model made or packed.
 * @param only of this function alone.
 */
export async function prepareImageModels(
  functionsRoot: string,
  cacheFolder: string,
  onNote: (line: string) => void,
  only?: string,
): Promise<void> {
  // One after the other: packing takes two and a half times the file's size in memory.
  for (const { title, ...job } of await imageModels(functionsRoot, only)) {
    await mkdir(cacheFolder, { recursive: true });
    const { made, packed } = await prepareOne({ ...job, cacheFolder });
    const done = [made ? 'made' : '', packed ? 'packed' : ''].filter((word) => word !== '').join(' and ');
    if (done !== '') onNote(`${title} ${done} for this processor`);
  }
}

async function imageModels(functionsRoot: string, only: string | undefined) {
  const found: { readonly title: string; readonly cardPath: string; readonly modelsFolder: string }[] = [];
  for (const name of only === undefined ? (await readdir(functionsRoot)).sort() : [only]) {
    const modelsFolder = join(functionsRoot, name, 'models');
    const files = await readdir(modelsFolder).catch(() => []);
    for (const file of files.filter((one) => one.endsWith('.card.json')).sort()) {
      const cardPath = join(modelsFolder, file);
      const card = kindSchema.parse(JSON.parse(await readFile(cardPath, 'utf8')));
      if (card.kind === 'onnx') found.push({ title: `${card.name} ${card.version}`, cardPath, modelsFolder });
    }
  }
  return found;
}

async function prepareOne(job: PrepareJob): Promise<PrepareOutcome> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, JSON.stringify(job)], {
      timeout: LONGEST_MS,
    });
    return outcomeSchema.parse(JSON.parse(stdout));
  } catch (cause) {
    const text = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
    const reason = /^\w*Error: (.*)$/m.exec(text)?.[1] ?? 'its process ended early';
    throw new Error(`${job.cardPath} could not be prepared: ${reason}`, { cause });
  }
}
