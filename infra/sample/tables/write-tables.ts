/** Writes the tables of MIMIC at any size with a known answer for their join, one subject at a time, in flat memory. */

import { join } from 'node:path';
import {
  claimTablesFolder,
  completeFolder,
  TABLES_VERSION,
  type TablesSummary,
  writeAtomically,
} from '../sample-folder.ts';
import { jobDocument } from './job-document.ts';
import { knownAnswer, MatchDigest } from './known-answer.ts';
import { checkSupply, createDicomIds, type ImageSupply, writeSharedImages } from './pictures.ts';
import { inventSubjects } from './population.ts';
import { sampleTokenizer } from './sample-tokenizer.ts';
import { type WrittenFiles, writeStudyFiles } from './study-files.ts';
import { createSubjectRows, TABLE_HEADERS, type TableName } from './subject-rows.ts';
import { countTables, type TableCounts } from './table-counts.ts';
import { createTableWriter, type TableWriter } from './table-writer.ts';
import { tablesReadme } from './tables-readme.ts';

/** Subjects whose rows are gathered before they are compressed. */
const SUBJECTS_PER_FLUSH = 50;

export interface TablesOptions {
  /** Empty, absent, or one that an interrupted run of the same sample left. */
  readonly dir: string;
  /** Studies that the join with default options must give. */
  readonly records: number;
  /** The same seed gives the same bytes. */
  readonly seed: string;
  /** With 'none' there are no reports either. */
  readonly images: ImageSupply;
  readonly onProgress?: (progress: TablesProgress) => void;
}

export interface TablesProgress {
  readonly done: number;
  readonly total: number;
  readonly unit: 'images' | 'subjects';
}

/**
 * Completes what an interrupted run began; a sample that is complete already is left as it is.
 * Throws a RangeError for numbers that make no sense, a SampleFolderError for a folder that holds something else.
 */
export async function writeTables(options: TablesOptions): Promise<TablesSummary> {
  const { dir, records, seed, images } = options;
  const withReports = images !== 'none';
  checkSupply(images);
  const counts = countTables(records, withReports);
  const job = jobDocument(dir, images);
  const request = { kind: 'tables' as const, seed, records, images, version: TABLES_VERSION };
  const finished = await claimTablesFolder(dir, request);
  if (finished !== undefined) return finished;

  const digest = new MatchDigest(records);
  const written = await writeContent(options, counts, digest);
  const answer = knownAnswer(counts.outcomes, written.rows, digest.digest(), withReports);
  const summary: TablesSummary = { ...request, synthetic: true, studies: counts.studies, ...written };
  await writeAtomically(join(dir, 'answer.json'), `${JSON.stringify(answer, undefined, 2)}\n`);
  await writeAtomically(join(dir, 'job.json'), `${JSON.stringify(job, undefined, 2)}\n`);
  await writeAtomically(join(dir, 'tokenizer.json'), `${JSON.stringify(sampleTokenizer(seed))}\n`);
  await writeAtomically(join(dir, 'README.txt'), tablesReadme(summary, dir));
  await completeFolder(dir, summary);
  return summary;
}

interface Written extends WrittenFiles {
  readonly rows: Record<TableName, number>;
  tableBytes: number;
}

async function writeContent(
  options: TablesOptions,
  counts: TableCounts,
  digest: MatchDigest,
): Promise<Written> {
  const { dir, seed, images, onProgress } = options;
  const written: Written = { rows: emptyRows(), tableBytes: 0, reports: 0, imageFiles: 0, imageBytes: 0 };
  if (typeof images === 'number') {
    written.imageBytes = await writeSharedImages(dir, seed, images, (done) =>
      onProgress?.({ done, total: images, unit: 'images' }),
    );
    written.imageFiles = images;
  }
  const tables = new Map<TableName, TableWriter>();
  try {
    for (const [name, header] of Object.entries(TABLE_HEADERS) as [TableName, string][]) {
      tables.set(name, await createTableWriter(join(dir, name), header));
    }
    await writeSubjects(options, counts, tables, digest, written);
    for (const [name, table] of tables) {
      const { rows, bytes } = await table.finish();
      written.rows[name] = rows;
      written.tableBytes += bytes;
    }
  } catch (error) {
    for (const table of tables.values()) table.abandon();
    throw error;
  }
  return written;
}

async function writeSubjects(
  { dir, seed, images, onProgress }: TablesOptions,
  counts: TableCounts,
  tables: ReadonlyMap<TableName, TableWriter>,
  digest: MatchDigest,
  written: Written,
): Promise<void> {
  const total = Object.values(counts.subjects).reduce((sum, count) => sum + count, 0);
  const writeRows = createSubjectRows(seed, counts, createDicomIds(seed, images), (table, row) =>
    tables.get(table)?.add(row),
  );
  let done = 0;
  for (const subject of inventSubjects(seed, counts)) {
    for (const [studyId, study] of writeRows(subject)) {
      const { outcome, stay } = study.placed;
      if (outcome === 'matched') digest.add(studyId, stay?.stayId ?? 0, study.chosen ?? '');
      if (images !== 'none') await writeStudyFiles(dir, images, study, written);
    }
    done += 1;
    if (done % SUBJECTS_PER_FLUSH > 0) continue;
    for (const table of tables.values()) await table.flush();
    onProgress?.({ done, total, unit: 'subjects' });
  }
}

function emptyRows(): Record<TableName, number> {
  return Object.fromEntries(Object.keys(TABLE_HEADERS).map((name) => [name, 0])) as Record<TableName, number>;
}
