/** Checks that provenance.json says of every input which generation of it was read. */

import * as z from 'zod';
import { PROVENANCE_FILE } from '../../../shared/pipeline/object-names.ts';
import type { DatasetMetadata } from './dataset-metadata.ts';
import type { OutputSource } from './output-source.ts';
import { parseOrUndefined } from './parse-json.ts';
import type { Problems } from './problems.ts';

/** A dozen inputs, whose names have at most 1 KiB. */
const LIMIT_BYTES = 1024 * 1024;

const generation = z.string().regex(/^\d{1,20}$/);

const provenanceSchema = z.object({
  format: z.literal('pillbox/provenance/1'),
  job: z.string(),
  jobGeneration: generation,
  inputs: z.array(
    z.object({
      role: z.string(),
      name: z.string(),
      object: z.string().regex(/^gs:\/\/[^/]+\/./s),
      generation,
    }),
  ),
});

type Provenance = z.infer<typeof provenanceSchema>;

/** @returns how many inputs of metadata.json have their generation there. */
export async function checkProvenance(
  source: OutputSource,
  metadata: DatasetMetadata,
  { files, problems }: { files: ReadonlyMap<string, number>; problems: Problems },
): Promise<number> {
  const add = (text: string) => {
    problems.add(PROVENANCE_FILE, text);
    return 0;
  };
  const sizeBytes = files.get(PROVENANCE_FILE);
  if (sizeBytes === undefined) {
    return add('is not there: which generations of the inputs were read is on no record');
  }
  if (sizeBytes > LIMIT_BYTES) return add(`has more than ${LIMIT_BYTES} bytes`);
  const parsed = provenanceSchema.safeParse(parseOrUndefined(await readAll(source.read(PROVENANCE_FILE))));
  if (parsed.success) return compare(parsed.data, metadata, add);
  const paths = parsed.error.issues.map((issue) => issue.path.join('.') || '(whole)').join(', ');
  return add(`is not what this version writes: ${paths}`);
}

/** Inputs are named in the same order by both. */
function compare(
  { job, inputs }: Provenance,
  metadata: DatasetMetadata,
  add: (problem: string) => unknown,
): number {
  let there = 0;
  if (job !== metadata.job) add('is of another job');
  for (const [i, { role, name }] of metadata.inputs.entries()) {
    const found = inputs[i];
    if (found?.role !== role || found.name !== name) {
      add(`has no generation of input ${i + 1} of metadata.json (${role})`);
    } else if (!isNamed(name, found.object)) {
      add(`says of input ${i + 1} (${role}) that another object was read`);
    } else there += 1;
  }
  if (inputs.length > metadata.inputs.length) {
    add(`has ${inputs.length} inputs, metadata.json ${metadata.inputs.length}`);
  }
  return there;
}

/** A name without a bucket is one in the bucket of the job, whichever that is. */
function isNamed(name: string, object: string): boolean {
  if (name.startsWith('gs://')) return object === name;
  return object.slice(object.indexOf('/', 'gs://'.length) + 1) === name;
}

async function readAll(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
