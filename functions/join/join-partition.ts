/** Joins one partition: its rows of all tables are read into memory, and what matches is written as manifest lines. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { readMarker, readRoot, writeLeaf } from '../../shared/pipeline/fan-in.ts';
import {
  type PartitionMarker,
  partitionFanIn,
  partitionMarkerSchema,
  type ScanMarker,
  scanFanIn,
  scansSchema,
} from '../../shared/pipeline/join-markers.ts';
import type { ScanName } from '../../shared/pipeline/join-plan.ts';
import { isLive } from '../../shared/pipeline/live-run.ts';
import { joinPartName } from '../../shared/pipeline/object-names.ts';
import type { OpenJoin } from '../../shared/pipeline/open-join.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { fileTemplates, joinOptions } from './join-options.ts';
import { type JoinRules, joinSubject } from './join-subject.ts';
import { Counter } from './read-cell.ts';
import { findSections, readSections, type Section } from './read-spills.ts';
import { ageAt, recordLines } from './record-lines.ts';
import type { JoinDeps } from './run-scan.ts';
import type { Subject } from './subject.ts';
import { SubjectTables } from './subject-tables.ts';
import { writeLines } from './write-lines.ts';

/**
 * What the rows of a partition may take in memory, beside some 30 MiB of the box's own and what is garbage at the moment:
 * the heap ends at 102 MiB. Planning makes partitions of a third of it; see make-join-plan.ts.
 */
export const PARTITION_LIMIT_BYTES = 48 * 1024 * 1024;

/** What others refer to comes before them. */
const READING_ORDER: readonly ScanName[] = [
  'patients',
  'edstays',
  'triage',
  'vitalsign',
  'chexpert',
  'split',
  'files',
  'metadata',
];

/**
 * Does nothing when the partition's marker exists. Throws TerminalErrors: 'partition-too-large', 'part-missing' when
 * somebody else deleted a spill, and as createOnce does.
 */
export async function joinPartition(
  { codeVersion }: JoinDeps,
  join: OpenJoin,
  partition: number,
): Promise<void> {
  const { store, run, plan } = join;
  const tree = partitionFanIn(plan);
  const at = { level: 0, index: partition, schema: partitionMarkerSchema };
  const names = (['manifest', 'unmatched'] as const).map((kind) =>
    joinPartName(run, { kind, partition, codeVersion }),
  );
  const made = await readMarker(store, tree, at);
  if (made !== undefined) {
    const parts = await Promise.all(names.map((name) => store.stat(name)));
    return deleteUnnamed(join, parts, made);
  }
  const { subjects, counter } = await readSubjects(join, partition);
  const rules: JoinRules = { job: plan.job, options: joinOptions(plan), files: fileTemplates(plan) };
  countStudies(subjects, rules, counter);
  const [manifestName = '', unmatchedName = ''] = names;
  const manifest = await writeLines(store, manifestName, () => manifestLines(subjects, rules));
  const unmatched = await writeLines(store, unmatchedName, () => unmatchedLines(subjects, rules));
  const marker: PartitionMarker = {
    counts: counter.toJSON(),
    ...(manifest && { manifest: pieceOf(manifest) }),
    ...(unmatched && { unmatched: pieceOf(unmatched) }),
  };
  const won = (await isLive(store, run)) && (await writeLeaf(store, tree, partition, marker));
  if (!won) await deleteUnnamed(join, [manifest, unmatched], await readMarker(store, tree, at));
}

/** The subjects in the order of their ids. */
async function readSubjects(
  join: OpenJoin,
  partition: number,
): Promise<{ subjects: readonly Subject[]; counter: Counter }> {
  const { store, plan, ref } = join;
  const root = await readRoot(store, scanFanIn(plan), scansSchema);
  if (root === undefined) throw new RetryableError('stage-incomplete', `job ${ref.job} has unfinished scans`);
  const counter = new Counter();
  const { images } = fileTemplates(plan);
  const tables = new SubjectTables({
    counter,
    hasImage: (subject, study_id, dicom_id) =>
      !images.namesSubject ||
      subject.images?.has(images.keyOf({ subject_id: String(subject.id), study_id, dicom_id })) === true,
  });
  try {
    const sections = await findAllSections(join, root.scans, partition);
    let rows = 0;
    for (const [scan, places] of sections) {
      await readSections(store, places, (fields) => {
        tables.add(scan, fields);
        rows += 1;
        if (tables.heldBytes > PARTITION_LIMIT_BYTES) throw tooLarge(partition, sections, rows);
      });
    }
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    throw new TerminalError('part-missing', `${error.objectName} is gone before its partitions were joined`, {
      cause: error,
    });
  }
  const subjects = [...tables.subjects.values()].sort((a, b) => a.id - b.id);
  return { subjects, counter };
}

async function findAllSections(
  { store }: OpenJoin,
  scans: readonly ScanMarker[],
  partition: number,
): Promise<[ScanName, Section[]][]> {
  const found: [ScanName, Section[]][] = [];
  for (const scan of READING_ORDER) {
    const spills = scans.find((marker) => marker.scan === scan)?.spills ?? [];
    found.push([scan, await findSections(store, spills, partition)]);
  }
  return found;
}

function tooLarge(partition: number, sections: [ScanName, Section[]][], rows: number): TerminalError {
  let textBytes = 0;
  for (const { startByte, endByteExclusive } of sections.flatMap(([, places]) => places)) {
    textBytes += endByteExclusive - startByte;
  }
  return new TerminalError(
    'partition-too-large',
    `partition ${partition} has ${textBytes} bytes of rows; the first ${rows} rows take ` +
      `${PARTITION_LIMIT_BYTES} bytes of memory, and no more is there: have one subject, or a few, most of the rows?`,
  );
}

function countStudies(subjects: readonly Subject[], rules: JoinRules, counter: Counter): void {
  for (const subject of subjects) {
    for (const joined of joinSubject(subject, rules)) {
      counter.add('studies');
      counter.add('reason' in joined ? `unmatched.${joined.reason}` : 'matched');
      if ('stay' in joined && ageAt(subject, joined.stay) === null) counter.add('age.missing');
    }
  }
}

function* manifestLines(subjects: readonly Subject[], rules: JoinRules): Iterable<string> {
  for (const subject of subjects) {
    for (const line of recordLines(subject, rules)) yield JSON.stringify(line);
  }
}

function* unmatchedLines(subjects: readonly Subject[], rules: JoinRules): Iterable<string> {
  for (const subject of subjects) {
    for (const joined of joinSubject(subject, rules)) {
      if (!('reason' in joined)) continue;
      const { study, reason } = joined;
      yield JSON.stringify({ subject_id: subject.id, study_id: study.id, reason });
    }
  }
}

/** As in run-scan.ts: what no marker names, and none ever will. */
async function deleteUnnamed(
  { store }: OpenJoin,
  parts: readonly (ObjectInfo | undefined)[],
  winner: PartitionMarker | undefined,
): Promise<void> {
  const named = new Set([winner?.manifest?.generation, winner?.unmatched?.generation]);
  await deleteGenerations(
    store,
    parts.filter((part) => part !== undefined).filter(({ generation }) => !named.has(generation)),
  );
}

function pieceOf({ name, generation, sizeBytes, crc32c }: ObjectInfo) {
  return { name, generation, sizeBytes, crc32c };
}
