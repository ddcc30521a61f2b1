/** Goes through the samples of one tar: each whole, together, and named by its position. */

import * as z from 'zod';
import { readTar, TarError, type TarFile } from '../../../shared/pipeline/tar-reader.ts';
import type { Problems } from './problems.ts';

/** Text offsets and a few dozen values; a longer one is none of ours. */
const JSON_LIMIT_BYTES = 4 * 1024 * 1024;

const factsSchema = z.object({
  subject_id: z.union([z.string(), z.number()]),
  stratum: z.string().optional(),
});

export interface PromisedFile {
  readonly suffix: string;
  readonly optional?: boolean | undefined;
}

/** What is known of a sample once all its files have gone by. */
export interface CheckedSample {
  readonly position: number;
  /** Undefined when its json does not say. */
  readonly subjectId: string | number | undefined;
  /** Undefined when its json does not say, as in jobs that do not stratify. */
  readonly stratum: string | undefined;
}

/** Calls `take` for every sample. @returns how many there are. */
export async function checkTar(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  {
    problems,
    promised,
    take,
  }: { problems: Problems; promised: readonly PromisedFile[]; take(sample: CheckedSample): void },
): Promise<number> {
  let samples = 0;
  let current: OpenSample | undefined;
  const close = () => {
    if (current === undefined) return;
    samples += 1;
    const { key, seen, subjectId, stratum } = current;
    const missing = promised.filter(({ suffix, optional }) => optional !== true && !seen.has(suffix));
    if (missing.length > 0) {
      problems.add(file, `sample ${key} has no ${missing.map(({ suffix }) => suffix).join(', ')}`);
    }
    take({ position: Number(key), subjectId, stratum });
  };
  try {
    for await (const entry of readTar(bytes)) {
      const [, key, suffix] = /^(\d{9,15})\.([\w.]+)$/.exec(entry.name) ?? [];
      if (key === undefined || suffix === undefined) {
        problems.add(file, 'has a file whose name is no position and suffix');
        continue;
      }
      if (current?.key !== key) {
        close();
        current = { key, seen: new Set(), subjectId: undefined, stratum: undefined };
      }
      await addFile(current, { suffix, entry }, { file, problems, promised });
    }
    close();
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    problems.add(file, `cannot be read to its end: ${error.message}`);
  }
  return samples;
}

interface OpenSample {
  readonly key: string;
  readonly seen: Set<string>;
  subjectId: string | number | undefined;
  stratum: string | undefined;
}

async function addFile(
  sample: OpenSample,
  { suffix, entry }: { suffix: string; entry: TarFile },
  { file, problems, promised }: { file: string; problems: Problems; promised: readonly PromisedFile[] },
): Promise<void> {
  const { key, seen } = sample;
  if (!promised.some((one) => one.suffix === suffix)) {
    problems.add(file, `sample ${key} has a file that metadata.json does not know: ${suffix}`);
  }
  if (seen.has(suffix)) problems.add(file, `sample ${key} has two ${suffix}`);
  seen.add(suffix);
  if (entry.sizeBytes === 0 && suffix !== 'txt') problems.add(file, `sample ${key} has an empty ${suffix}`);
  if (suffix !== 'json') return;
  const facts = factsSchema.safeParse(await readFacts(entry));
  if (facts.success) {
    sample.subjectId = facts.data.subject_id;
    sample.stratum = facts.data.stratum;
  } else problems.add(file, `the json of sample ${key} names no subject_id`);
}

/** Undefined when it is too large or no JSON. */
async function readFacts({ sizeBytes, content }: TarFile): Promise<unknown> {
  if (sizeBytes > JSON_LIMIT_BYTES) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
