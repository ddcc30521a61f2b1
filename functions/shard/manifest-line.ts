/** One record of the manifest: its line, read by offset, checked, and its image and report located. */

import * as z from 'zod';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import type { IndexEntry } from '../../shared/pipeline/index-entry.ts';
import { folderOf, type ObjectLocation, resolveLocation } from '../../shared/pipeline/object-location.ts';
import type { Plan } from '../../shared/pipeline/plan-document.ts';
import { OBJECT_NAME_CHARS, type RecordLine, recordLineSchema } from '../../shared/pipeline/record-line.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { RecordFailure } from './record-failure.ts';

/** A long report is 20 KB. */
export const LINE_LIMIT_BYTES = 256 * 1024;

export interface ManifestRecord {
  readonly line: RecordLine;
  readonly image: ObjectLocation;
  /** Undefined where the line holds the report itself. */
  readonly report: ObjectLocation | undefined;
}

/**
 * Throws a RecordFailure for a bad line, a TerminalError when the planned generation is gone ('manifest-missing') or may
 * not be read any more ('manifest-refused').
 */
export async function readRecord(
  openInput: OpenStore,
  { manifest }: Pick<Plan, 'manifest'>,
  entry: IndexEntry,
): Promise<ManifestRecord> {
  if (entry.length > LINE_LIMIT_BYTES) {
    throw new RecordFailure(
      'line-too-long',
      `the line has ${entry.length} bytes, ${LINE_LIMIT_BYTES} are allowed`,
    );
  }
  const line = parseLine(await readLine(openInput, manifest, entry));
  const locate = (field: 'image' | 'report', text: string): ObjectLocation => {
    const location = resolveLocation(text, manifest.bucket, folderOf(manifest.name));
    if (location !== undefined) return location;
    const message = `${field}: must be gs://bucket/name or a path below the folder of the manifest`;
    throw new RecordFailure(`${field}-name-invalid`, message, line.image);
  };
  const report = line.report_object === undefined ? undefined : locate('report', line.report_object);
  return { line, image: locate('image', line.image), report };
}

async function readLine(
  openInput: OpenStore,
  { bucket, name, generation }: Plan['manifest'],
  { offset, length }: IndexEntry,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const range = { generation, startByte: offset, endByteExclusive: offset + length };
  try {
    for await (const chunk of openInput(bucket).read(name, range)) chunks.push(chunk);
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

function parseLine(bytes: Uint8Array): RecordLine {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new RecordFailure('line-not-json', 'the line is not a JSON text in UTF-8');
  }
  const parsed = recordLineSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new RecordFailure('line-invalid', describeAll(parsed.error.issues), imageOf(json));
}

/** A line may have thousands of faults; a few tell what is wrong with it. */
const TOLD_FAULTS = 8;

function describeAll(issues: readonly z.core.$ZodIssue[]): string {
  const faults = [...new Set(issues.map(describe))];
  const more = faults.length > TOLD_FAULTS ? [`and ${faults.length - TOLD_FAULTS} more`] : [];
  return [...faults.slice(0, TOLD_FAULTS), ...more].join('; ');
}

/** Only names from the schema are repeated: whatever else is in the line may be about a patient. */
function describe(issue: z.core.$ZodIssue): string {
  const field = issue.path[0];
  if (issue.code === 'unrecognized_keys') return 'unknown field';
  return field === undefined ? issue.message : `${String(field)}: ${issue.message}`;
}

function imageOf(json: unknown): string | undefined {
  const parsed = z.object({ image: z.string().max(OBJECT_NAME_CHARS) }).safeParse(json);
  return parsed.success ? parsed.data.image : undefined;
}
