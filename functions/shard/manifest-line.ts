/** One record of the manifest: its line, read by offset, checked, and its image located. */

import * as z from 'zod';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import type { IndexEntry } from '../../shared/pipeline/index-entry.ts';
import { folderOf, type ObjectLocation, resolveLocation } from '../../shared/pipeline/object-location.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { RecordFailure } from './record-failure.ts';

/** A long report is 20 KB. */
export const LINE_LIMIT_BYTES = 256 * 1024;

const id = z.union([z.string().min(1).max(200), z.int()]);

const lineSchema = z.strictObject({
  subject_id: id,
  study_id: id,
  /** `gs://bucket/name`, or relative to the folder of the manifest. */
  image: z.string().min(1),
  report: z.string(),
  clinical: z.record(z.string().min(1), z.number().nullable()),
});

export type ManifestLine = z.infer<typeof lineSchema>;

export interface ManifestRecord {
  readonly line: ManifestLine;
  readonly image: ObjectLocation;
}

/**
 * Throws a RecordFailure for a bad line, a TerminalError when the planned generation is gone ('manifest-missing') or may
 * not be read any more ('manifest-refused').
 */
export async function readRecord(
  openStore: OpenStore,
  { manifest }: Pick<Plan, 'manifest'>,
  entry: IndexEntry,
): Promise<ManifestRecord> {
  if (entry.length > LINE_LIMIT_BYTES) {
    throw new RecordFailure(
      'line-too-long',
      `the line has ${entry.length} bytes, ${LINE_LIMIT_BYTES} are allowed`,
    );
  }
  const line = parseLine(await readLine(openStore, manifest, entry));
  const image = resolveLocation(line.image, manifest.bucket, folderOf(manifest.name));
  if (image !== undefined) return { line, image };
  throw new RecordFailure(
    'image-name-invalid',
    'image: must be gs://bucket/name or a path below the folder of the manifest',
    line.image,
  );
}

async function readLine(
  openStore: OpenStore,
  { bucket, name, generation }: Plan['manifest'],
  { offset, length }: IndexEntry,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const range = { generation, startByte: offset, endByteExclusive: offset + length };
  try {
    for await (const chunk of openStore(bucket).read(name, range)) chunks.push(chunk);
  } catch (error) {
    if (error instanceof StorageRefusedError) {
      throw new TerminalError('manifest-refused', `the box may not read ${name} any more`, { cause: error });
    }
    if (!(error instanceof ObjectNotFoundError)) throw error;
    const message = `generation ${generation} of ${name} was replaced or deleted while the job ran`;
    throw new TerminalError('manifest-missing', message, { cause: error });
  }
  return Buffer.concat(chunks);
}

function parseLine(bytes: Uint8Array): ManifestLine {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RecordFailure('line-not-json', 'the line is not a JSON text in UTF-8');
  }
  const parsed = lineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new RecordFailure('line-invalid', parsed.error.issues.map(describe).join('; '), imageOf(json));
}

/** Only names from the schema are repeated: whatever else is in the line may be about a patient. */
function describe(issue: z.core.$ZodIssue): string {
  const field = issue.path[0];
  if (issue.code === 'unrecognized_keys') return 'unknown field';
  return field === undefined ? issue.message : `${String(field)}: ${issue.message}`;
}

function imageOf(json: unknown): string | undefined {
  const parsed = z.object({ image: z.string() }).safeParse(json);
  return parsed.success ? parsed.data.image : undefined;
}
