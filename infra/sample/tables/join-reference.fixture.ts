/** The join of a written sample by SQL, which knows nothing of how it was made: every table goes into SQLite as text. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';

const TABLES = {
  patients: 'hosp/patients.csv.gz',
  edstays: 'ed/edstays.csv.gz',
  triage: 'ed/triage.csv.gz',
  vitalsign: 'ed/vitalsign.csv.gz',
  metadata: 'mimic-cxr-2.0.0-metadata.csv.gz',
  chexpert: 'mimic-cxr-2.0.0-chexpert.csv.gz',
  split: 'mimic-cxr-2.0.0-split.csv.gz',
} as const;

/** Second of the study where date and time are in the calendar and on the clock, else NULL. */
const STUDIES = `
  CREATE TABLE study AS
  WITH padded AS (
    SELECT DISTINCT CAST(study_id AS INTEGER) AS study_id, subject_id, StudyDate AS day,
      CASE WHEN StudyTime GLOB '[0-9]*' THEN printf('%06d', CAST(StudyTime AS INTEGER)) END AS clock
    FROM metadata
  ), written AS (
    SELECT *, substr(day, 1, 4) || '-' || substr(day, 5, 2) || '-' || substr(day, 7, 2) || ' ' ||
      substr(clock, 1, 2) || ':' || substr(clock, 3, 2) || ':' || substr(clock, 5, 2) AS text
    FROM padded
  )
  SELECT study_id, subject_id,
    CASE WHEN length(day) = 8 AND strftime('%Y-%m-%d %H:%M:%S', text) = text
      THEN CAST(strftime('%s', text) AS INTEGER) END AS at
  FROM written`;

const CANDIDATES = `
  CREATE TABLE candidate AS
  SELECT study_id, CAST(stay_id AS INTEGER) AS stay_id,
    abs(at - CAST(strftime('%s', intime) AS INTEGER)) AS distance
  FROM study JOIN edstays USING (subject_id)
  WHERE abs(at - CAST(strftime('%s', intime) AS INTEGER)) <= 86400`;

const RESULT = `
  SELECT s.study_id, s.subject_id,
    (SELECT stay_id FROM candidate c WHERE c.study_id = s.study_id ORDER BY distance, stay_id LIMIT 1) AS stay_id,
    (SELECT dicom_id FROM metadata m WHERE CAST(m.study_id AS INTEGER) = s.study_id AND ViewPosition IN ('PA', 'AP')
      ORDER BY ViewPosition = 'PA' DESC, dicom_id LIMIT 1) AS dicom_id,
    CASE WHEN at IS NULL THEN 'bad-time'
      WHEN NOT EXISTS (SELECT 1 FROM edstays e WHERE e.subject_id = s.subject_id) THEN 'no-stay'
      WHEN NOT EXISTS (SELECT 1 FROM candidate c WHERE c.study_id = s.study_id) THEN 'outside-window'
      END AS reason
  FROM study s ORDER BY s.study_id`;

export async function openTables(dir: string): Promise<DatabaseSync> {
  const db = new DatabaseSync(':memory:');
  for (const [table, file] of Object.entries(TABLES)) {
    const text = gunzipSync(await readFile(join(dir, file)));
    const [header = [], ...rows]: string[][] = parse(text, { bom: true });
    db.exec(`CREATE TABLE ${table} (${header.map((name) => `"${name}" TEXT`).join(', ')}); BEGIN`);
    const insert = db.prepare(`INSERT INTO ${table} VALUES (${header.map(() => '?').join(', ')})`);
    for (const row of rows) insert.run(...row);
    db.exec('COMMIT');
  }
  db.exec('CREATE INDEX by_study ON metadata (study_id); CREATE INDEX by_subject ON edstays (subject_id)');
  db.exec(STUDIES);
  db.exec(CANDIDATES);
  return db;
}

/** Counts by outcome, and the digest of the matches as answer.json has it. */
export function joinBySql(db: DatabaseSync, dir: string, withReports: boolean) {
  const counts: Record<string, number> = {};
  const hash = createHash('sha256');
  for (const row of db.prepare(RESULT).all()) {
    const { study_id, subject_id, stay_id, dicom_id, reason } = row;
    const report = `files/p${String(subject_id).slice(0, 2)}/p${subject_id}/s${study_id}.txt`;
    const lacksReport = () => withReports && !existsSync(join(dir, report));
    const outcome = reason ?? (dicom_id === null ? 'no-image' : lacksReport() ? 'no-report' : 'matched');
    counts[String(outcome)] = (counts[String(outcome)] ?? 0) + 1;
    if (outcome === 'matched') hash.update(`${study_id},${stay_id},${dicom_id}\n`);
  }
  return { counts, matchesSha256: hash.digest('hex') };
}

/** The one number that `sql` gives. */
export function numberOf(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0]);
}
