/** What a join's report tells of rows that were of no use, and what it does not tell. */

import { expect, test } from 'vitest';
import { readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import { join, ONE, outcomeOf, REPORT, stay } from '../../test/fixtures/tables/one-study.ts';
import { COLUMNS } from '../../test/fixtures/tables/random-tables.ts';

test('a join that finds nothing tells why in its report, too', async () => {
  const { report } = await outcomeOf(await join({ files: [] }));
  expect(report).toMatchObject({
    studies: 1,
    matched: { count: 0, rate: 0 },
    unmatched: { 'no-image': { count: 1, rate: 1 } },
  });
});

test('rows that are of no use are counted, their lines told, and nothing of what is in them', async () => {
  const header = COLUMNS.triage.join(',');
  const triage = `${header}\n10000032,30000001,secret\n,30000001${','.repeat(9)}\n10000032,x${','.repeat(9)}\n10000032,30000001,${'\xff'},${','.repeat(7)}\n`;
  const { report, failure } = await outcomeOf(
    await join({ texts: { triage: Buffer.from(triage, 'latin1') } }),
  );
  expect(failure).toBeUndefined();
  expect(report.tables.triage).toMatchObject({ rows: 4, badRows: 3, badLines: [2, 3, 4], replacedFields: 1 });
  const causes = { fields: 1, stay_id: 1, subject_id: 1 };
  expect(report.tables.triage.badRowCauses).toEqual(causes);
  expect(report.badRows).toEqual({ count: 3, tables: { triage: causes } });
  expect(JSON.stringify(report)).not.toContain('secret');
});

test('at most twenty lines are told', async () => {
  const text = `${COLUMNS.triage.join(',')}\n${'bad\n'.repeat(50)}`;
  const { report } = await outcomeOf(await join({ texts: { triage: text } }));
  expect(report.tables.triage).toMatchObject({ rows: 50, badRows: 50 });
  expect(report.tables.triage.badLines).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
});

const [IMAGE_ROW] = ONE.metadata;
const HOSTILE = { ...IMAGE_ROW, dicom_id: '../../../jobs/demo/job' };

test('a hostile dicom_id names no object; the image is none of its study, which has the others', async () => {
  const run = await join({ rows: { metadata: [HOSTILE, ...ONE.metadata, HOSTILE] } });
  const { lines, report } = await outcomeOf(run);
  expect(lines).toHaveLength(1);
  expect(lines[0].image).toMatch(/aa-1\.jpg$/);
  const causes = { dicom_id: 2 };
  expect(report.tables.metadata).toMatchObject({
    rows: 3,
    badRows: 2,
    badRowCauses: causes,
    badLines: [2, 4],
  });
  expect(report.tables.metadata.duplicates).toBe(0);
  expect(report).toMatchObject({ studies: 1, badRows: { count: 2, tables: { metadata: causes } } });
});

test('a study of hostile dicom_ids alone has no image, and is told; its times count', async () => {
  const other = { ...HOSTILE, study_id: '50000002' };
  const late = { ...other, study_id: '50000003', dicom_id: '', StudyDate: '21990101' };
  const clockless = { ...other, study_id: '50000004', dicom_id: '..', StudyTime: '' };
  const run = await join({ rows: { metadata: [...ONE.metadata, other, other, late, clockless] } });
  const { report } = await outcomeOf(run);
  const text = String(await readBytes(run.store, 'jobs/demo/out/unmatched.jsonl'));
  const told = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(told.map(({ study_id, reason }) => [study_id, reason])).toEqual([
    [50000002, 'no-image'],
    [50000003, 'outside-window'],
    [50000004, 'bad-time'],
  ]);
  expect(report).toMatchObject({
    studies: 4,
    matched: { count: 1, rate: 0.25 },
    unmatched: { 'no-image': { count: 1 }, 'outside-window': { count: 1 }, 'bad-time': { count: 1 } },
    badRows: { count: 4, tables: { metadata: { dicom_id: 4 } } },
  });
  expect(text + JSON.stringify(report)).not.toContain('../');
});

test('names without a dicom_id make no image of a hostile one', async () => {
  const images = 'i/{subject_id}/{study_id}.jpg';
  const files = ['i/10000032/50000001.jpg', REPORT];
  const run = await join({ rows: { metadata: [HOSTILE] }, files, join: { images } });
  expect((await outcomeOf(run)).report).toMatchObject({
    studies: 1,
    unmatched: { 'no-image': { count: 1 } },
  });
});

test('where nothing matches, the rows that could not be read are in the message', async () => {
  const metadata = [{ ...IMAGE_ROW, subject_id: '../x' }, HOSTILE];
  const { failure, report } = await outcomeOf(await join({ rows: { metadata } }));
  expect(failure?.message).toMatch(
    /^none of 1 studies .* no-report 0; 2 rows could not be read: metadata 2 \(dicom_id 1, subject_id 1\)$/,
  );
  expect(report.badRows.count).toBe(2);
});

test('rows of stays that are not there are counted', async () => {
  const vitalsign = [{ ...stay, subject_id: '10000033', charttime: '2180-05-06 11:00:00', sbp: '100' }];
  const { report, lines } = await outcomeOf(await join({ rows: { vitalsign } }));
  expect(report.tables.vitalsign.withoutStay).toBe(1);
  expect(lines[0].clinical.last_sbp).toBeNull();
});
