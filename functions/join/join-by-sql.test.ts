/** The join against a database on tables drawn at random: the same matches, the same counts, for both rules. */

import { expect, test } from 'vitest';
import type { RecordLine } from '../../shared/pipeline/record-line.ts';
import { recordLineSchema } from '../../shared/pipeline/record-line.ts';
import { createJoinRun } from '../../test/fixtures/pipeline/join-run.ts';
import { listNames, readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import fc from '../../test/fixtures/properties.ts';
import { spoilIds } from '../../test/fixtures/tables/hostile-ids.ts';
import {
  countRepeats,
  countUnreadable,
  joinBySql,
  type SqlOptions,
  type SqlStudy,
} from '../../test/fixtures/tables/join-by-sql.ts';
import {
  FOLDER,
  type RandomTables,
  randomTables,
  TABLE_NAMES,
  writeTables,
} from '../../test/fixtures/tables/random-tables.ts';

async function join(drawn: RandomTables, options: SqlOptions, partitions: number) {
  const run = createJoinRun();
  await writeTables(run.store, drawn);
  const job = { id: 'demo', shardRecords: 2, join: { tables: TABLE_NAMES, ...options } };
  await run.store.create('jobs/demo/job.json', JSON.stringify(job));
  await run.start(partitions);
  await run.drive();
  const [manifest] = (await listNames(run.store, 'jobs/demo/work/')).filter((name) =>
    name.endsWith('/manifest.jsonl'),
  );
  const read = async (name: string | undefined) =>
    name === undefined
      ? []
      : String(await readBytes(run.store, name))
          .trim()
          .split('\n')
          .filter(Boolean);
  return {
    lines: (await read(manifest)).map((line) => recordLineSchema.parse(JSON.parse(line))).sort(byIds),
    unmatched: (await read('jobs/demo/out/unmatched.jsonl')).map((line) => JSON.parse(line)).sort(byIds),
    report: JSON.parse(String(await readBytes(run.store, 'jobs/demo/out/join.json'))),
    failed: await listNames(run.store, 'jobs/demo/failed/'),
    shards: run.shards.size,
  };
}

interface Ids {
  readonly subject_id: string | number;
  readonly study_id: string | number;
}

/** Partitions come one after another, each in the order of its ids. */
function byIds(a: Ids, b: Ids): number {
  return Number(a.subject_id) - Number(b.subject_id) || Number(a.study_id) - Number(b.study_id);
}

/** What the database says of a study, as its manifest line has it. */
function fromSql(study: SqlStudy): object {
  const { subject_id, study_id } = study;
  const folder = `gs://pillbox/${FOLDER}files/p${String(subject_id).slice(0, 2)}/p${subject_id}/s${study_id}`;
  return {
    subject_id,
    study_id,
    stay_id: study.stay_id,
    image: `${folder}/${study.dicom_id}.jpg`,
    report: `${folder}.txt`,
    view: study.view,
    hours: Number((study.hours ?? 0).toFixed(3)),
    gender: study.gender,
    complaint: study.chief_complaint,
    values: [study.age, study.triage_sbp, study.last_sbp, study.last_pain],
    edema: study.edema,
  };
}

function fromLine(line: RecordLine): object {
  const { clinical } = line;
  return {
    subject_id: line.subject_id,
    study_id: line.study_id,
    stay_id: line.stay_id,
    image: line.image,
    report: line.report_object,
    view: line.view,
    hours: Number((line.hours_since_arrival ?? 0).toFixed(3)),
    gender: line.demographics?.gender,
    complaint: line.chief_complaint,
    values: ['age', 'sbp', 'last_sbp', 'last_pain'].map((name) => clinical[name]),
    edema: line.labels?.Edema ?? null,
  };
}

function expectSame(
  { lines, unmatched, report, failed, shards }: Awaited<ReturnType<typeof join>>,
  wanted: readonly SqlStudy[],
): void {
  const matched = wanted.filter(({ reason }) => reason === null);
  const missed = wanted.filter(({ reason }) => reason !== null);
  if (matched.length > 0) expect(lines.map(fromLine)).toEqual(matched.map(fromSql));
  expect(failed).toEqual(matched.length === 0 ? ['jobs/demo/failed/join.json'] : []);
  expect(shards).toBe(Math.ceil(matched.length / 2));
  expect(unmatched).toEqual(
    missed.map(({ subject_id, study_id, reason }) => ({ subject_id, study_id, reason })),
  );
  expect(report).toMatchObject({ studies: wanted.length, matched: { count: matched.length } });
  for (const [reason, { count }] of Object.entries<{ count: number }>(report.unmatched)) {
    expect(count).toBe(missed.filter((study) => study.reason === reason).length);
  }
}

test.each<SqlOptions>([
  { rule: 'nearest', windowHours: 24 },
  { rule: 'nearest', windowHours: 6 },
  { rule: 'inside', windowHours: 24 },
])('$rule, $windowHours h', async (options) => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2 ** 31 }),
      fc.integer({ min: 1, max: 40 }),
      async (seed, partitions) => {
        const drawn = randomTables(seed);
        const wanted = joinBySql(drawn, options);
        const joined = await join(drawn, options, partitions);
        expectSame(joined, wanted);
        for (const { reason } of wanted) seen.add(reason ?? 'matched');
        const { report } = joined;
        expect(report.badRows).toEqual({ count: 0, tables: {} });
        const { tables } = drawn;
        expect(report.tables.edstays.duplicates).toBe(
          countRepeats(tables.edstays, ['subject_id', 'stay_id']),
        );
        expect(report.tables.patients.duplicates).toBe(countRepeats(tables.patients, ['subject_id']));
        expect(report.tables.metadata.duplicates).toBe(
          countRepeats(tables.metadata, ['subject_id', 'study_id', 'dicom_id']),
        );
        expect(report.tables.vitalsign.rows).toBe(tables.vitalsign.length);
      },
    ),
    { numRuns: 40 },
  );
  const reasons = ['matched', 'bad-time', 'no-stay', 'outside-window', 'no-image', 'no-report'];
  expect([...seen].sort()).toEqual(reasons.sort());
});

test('with ids that are none: no study is lost, no row goes uncounted', async () => {
  const options: SqlOptions = { rule: 'nearest', windowHours: 24 };
  let withoutNamedImage = 0;
  const causes = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), async (seed) => {
      const drawn = spoilIds(randomTables(seed), seed);
      const unreadable = countUnreadable(drawn);
      const joined = await join(drawn, options, 3);
      expectSame(joined, joinBySql(drawn, options));
      const { report } = joined;
      expect(report.badRows.tables).toEqual(unreadable);
      const counts = Object.values(unreadable).flatMap((table) => Object.values(table));
      expect(report.badRows.count).toBe(counts.reduce((sum, count) => sum + count, 0));
      for (const [table, columns] of Object.entries(unreadable)) {
        for (const column of Object.keys(columns)) causes.add(`${table}.${column}`);
        const { rows, badRows, badRowCauses, badLines } = report.tables[table];
        expect(rows).toBe(drawn.tables[table as keyof typeof drawn.tables].length);
        expect(badRowCauses).toEqual(columns);
        expect(badLines).toHaveLength(Math.min(20, badRows));
      }
      expect(JSON.stringify(report)).not.toMatch(/passwd|DROP|__proto__/);
      withoutNamedImage += studiesWithoutNamedImage(drawn);
    }),
    { numRuns: 10 },
  );
  // Else nothing could have been lost.
  expect(withoutNamedImage).toBeGreaterThan(0);
  expect([...causes]).toEqual(
    expect.arrayContaining(['metadata.dicom_id', 'metadata.subject_id', 'edstays.stay_id']),
  );
});

/** Studies all of whose images have hostile names: those that could vanish. */
function studiesWithoutNamedImage({ tables }: RandomTables): number {
  const isId = (text: string | undefined) => /^\d{1,15}$/.test(text ?? '');
  const images = tables.metadata.filter(({ subject_id, study_id }) => isId(subject_id) && isId(study_id));
  const named = images.filter(({ dicom_id }) => /^[a-c]{2}-\d+$/.test(dicom_id ?? ''));
  const keys = (rows: typeof images) =>
    new Set(rows.map(({ subject_id, study_id }) => `${subject_id}/${study_id}`));
  return keys(images).size - keys(named).size;
}
