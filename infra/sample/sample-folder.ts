/** The folder a sample is written to: it holds one sample, says whether that is complete, and never anything of the user's. */

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';

/** Raised whenever the same seed would give other bytes. */
export const SAMPLE_VERSION = 1;
const SUMMARY_FILE = 'sample.json';
/** Says which sample is being written, from the first file to the last. */
const REQUEST_FILE = 'sample.unfinished.json';

/** Ends the name of a file that is being written. */
export const UNFINISHED_SUFFIX = '.unfinished';

const requestSchema = z.object({
  seed: z.string(),
  patients: z.int(),
  faulty: z.int(),
  version: z.int(),
});

const summarySchema = requestSchema.extend({
  synthetic: z.literal(true),
  /** Lines of the manifest, faulty ones included. */
  records: z.int(),
  images: z.int(),
  /** Of the images together. */
  bytes: z.int(),
});

export type SampleRequest = z.infer<typeof requestSchema>;
export type SampleSummary = z.infer<typeof summarySchema>;

/** The folder holds another sample, or files that are no sample. */
export class SampleFolderError extends Error {
  override readonly name = 'SampleFolderError';
}

/**
 * Makes the folder this request's own. Resolves with the summary when the very sample is there already, complete.
 * Throws a SampleFolderError, and then nothing was written.
 */
export async function claimFolder(dir: string, request: SampleRequest): Promise<SampleSummary | undefined> {
  await mkdir(dir, { recursive: true });
  const finished = summarySchema.safeParse(await readJson(join(dir, SUMMARY_FILE)));
  const found = finished.data ?? requestSchema.safeParse(await readJson(join(dir, REQUEST_FILE))).data;
  if (found === undefined) {
    // A request that was itself cut short is not the user's.
    const others = (await readdir(dir)).filter((name) => !name.startsWith(REQUEST_FILE));
    if (others.length > 0) throw new SampleFolderError(`${dir} holds other files: choose an empty folder`);
    await writeAtomically(join(dir, REQUEST_FILE), toJson(request));
    return undefined;
  }
  if (!sameRequest(found, request)) {
    throw new SampleFolderError(
      `${dir} holds another sample (${found.patients} patients, seed ${JSON.stringify(found.seed)}, ` +
        `${found.faulty} faulty, version ${found.version}): choose another folder or delete it`,
    );
  }
  return finished.data;
}

/** The last file: from here on the sample is complete. */
export async function completeFolder(dir: string, summary: SampleSummary): Promise<void> {
  await writeAtomically(join(dir, SUMMARY_FILE), toJson(summary));
  await rm(join(dir, REQUEST_FILE), { force: true });
}

/** A file is there whole or not at all; what a killed run leaves beside it, the next one replaces. Makes its folder. */
export async function writeAtomically(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}${UNFINISHED_SUFFIX}`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}

function sameRequest(a: SampleRequest, b: SampleRequest): boolean {
  return a.seed === b.seed && a.patients === b.patients && a.faulty === b.faulty && a.version === b.version;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const toJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
