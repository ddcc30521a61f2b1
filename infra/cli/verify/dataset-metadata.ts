/** Reads metadata.json as far as it can be verified. */

import * as z from 'zod';
import { joinSummarySchema } from '../../../shared/pipeline/join-report.ts';
import { METADATA_FILE } from '../../../shared/pipeline/object-names.ts';
import { splitProofSchema } from '../../../shared/pipeline/split-proof.ts';
import { splitThresholdsSchema } from '../../../shared/pipeline/strata.ts';
import { CommandError, EXIT } from '../command-error.ts';
import type { OutputSource } from './output-source.ts';

/** A hundred thousand tars of 150 bytes each stay below. */
const LIMIT_BYTES = 64 * 1024 * 1024;

/** A position is a bit in memory. */
const MAX_RECORDS = 4_000_000_000;

const count = z.int().min(0);
const perSplit = { train: count, val: count, test: count };

const outputSchema = z.object({
  /** A name of a file and nothing else: no path leads out of the folder. */
  name: z.string().regex(/^[a-z0-9][\w.-]*$/, { message: 'must be a plain file name' }),
  sizeBytes: count,
  crc32c: z.string(),
  /** Absent where there is nothing to count. */
  records: count.optional(),
});

const metadataSchema = z.object({
  format: z.literal('pillbox/dataset/2'),
  job: z.string(),
  records: count.max(MAX_RECORDS),
  failed: count,
  splits: z.object(perSplit),
  /** Of the job's options, those that decide the split. */
  options: z.object({
    seed: z.string(),
    splitBy: z.enum(['subject', 'record', 'given']),
    splits: z.object({ train: z.number(), val: z.number(), test: z.number() }),
  }),
  /** Of jobs that stratify: where each stratum is cut. */
  strata: splitThresholdsSchema.optional(),
  inputs: z.array(z.object({ role: z.string(), name: z.string() })),
  join: joinSummarySchema.optional(),
  sample: z.object({
    files: z.array(z.object({ suffix: z.string().min(1), optional: z.boolean().optional() })).min(1),
  }),
  proof: splitProofSchema,
  outputs: z.array(outputSchema),
});

export type DatasetMetadata = z.infer<typeof metadataSchema>;
export type ListedOutput = z.infer<typeof outputSchema>;

/** The metadata.json that is there. Throws a CommandError (failed) when it is not one. */
export async function readDatasetMetadata(source: OutputSource): Promise<DatasetMetadata> {
  const parsed = metadataSchema.safeParse(await readJson(source));
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map((issue) => issue.path.join('.') || '(whole)').join(', ');
  throw new CommandError(EXIT.failed, `${METADATA_FILE} is not what this version writes: ${paths}`);
}

async function readJson(source: OutputSource): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source.read(METADATA_FILE)) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > LIMIT_BYTES) {
      throw new CommandError(EXIT.failed, `${METADATA_FILE} has more than ${LIMIT_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (cause) {
    throw new CommandError(EXIT.failed, `${METADATA_FILE} is not valid JSON`, { cause });
  }
}
