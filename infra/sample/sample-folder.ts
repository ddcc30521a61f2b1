/** The folder a sample is written to: it holds one sample, says whether that is complete, and never anything of the user's. */

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

/** Raised whenever the same seed would give other bytes. */
export const SAMPLE_VERSION = 1;
/** The same for the tables. */
export const TABLES_VERSION = 1;
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

const tablesRequestSchema = z.object({
  kind: z.literal('tables'),
  seed: z.string(),
  /** Studies that the join matches. */
  records: z.int(),
  /** What there is of them: a number is of those that all studies share. */
  images: z.union([z.enum(['none', 'each']), z.int()]),
  version: z.int(),
});

const tablesSummarySchema = tablesRequestSchema.extend({
  synthetic: z.literal(true),
  studies: z.int(),
  /** By the name of the table's file. */
  rows: z.record(z.string(), z.int()),
  /** Of the compressed tables together. */
  tableBytes: z.int(),
  reports: z.int(),
  /** Image files and their size together. */
  imageFiles: z.int(),
  imageBytes: z.int(),
});

export type TablesRequest = z.infer<typeof tablesRequestSchema>;
export type TablesSummary = z.infer<typeof tablesSummarySchema>;
const anyRequestSchema = z.union([tablesRequestSchema, requestSchema]);
type AnyRequest = z.infer<typeof anyRequestSchema>;

/** The folder holds another sample, or files that are no sample. */
export class SampleFolderError extends Error {
  override readonly name = 'SampleFolderError';
}

/**
 * Makes the folder this request's own. Resolves with the summary when the very sample is there already, complete.
 * Throws a SampleFolderError, and then nothing was written.
 */
export async function claimFolder(dir: string, request: SampleRequest): Promise<SampleSummary | undefined> {
  return summarySchema.safeParse(await claim(dir, request)).data;
}

/** The same for a sample of tables. */
export async function claimTablesFolder(
  dir: string,
  request: TablesRequest,
): Promise<TablesSummary | undefined> {
  return tablesSummarySchema.safeParse(await claim(dir, request)).data;
}

/** Resolves with what the summary of the complete sample holds. */
async function claim(dir: string, request: AnyRequest): Promise<unknown> {
  await mkdir(dir, { recursive: true });
  const finished = await readJson(join(dir, SUMMARY_FILE));
  const found =
    anyRequestSchema.safeParse(finished).data ??
    anyRequestSchema.safeParse(await readJson(join(dir, REQUEST_FILE))).data;
  if (found === undefined) {
    // A request that was itself cut short is not the user's.
    const others = (await readdir(dir)).filter((name) => !name.startsWith(REQUEST_FILE));
    if (others.length > 0) throw new SampleFolderError(`${dir} holds other files: choose an empty folder`);
    await writeAtomically(join(dir, REQUEST_FILE), toJson(request));
    return undefined;
  }
  if (!isDeepStrictEqual(found, request)) {
    throw new SampleFolderError(
      `${dir} holds another sample (${describe(found)}): choose another folder or delete it`,
    );
  }
  return finished;
}

/** The last file: from here on the sample is complete. */
export async function completeFolder(dir: string, summary: SampleSummary | TablesSummary): Promise<void> {
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

function describe(request: AnyRequest): string {
  const { seed, version } = request;
  const size =
    'kind' in request
      ? `${request.records} records in tables, images ${request.images}`
      : `${request.patients} patients, ${request.faulty} faulty`;
  return `${size}, seed ${JSON.stringify(seed)}, version ${version}`;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

const toJson = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
