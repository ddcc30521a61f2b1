/** What a join's report tells of rows that were of no use, and what it does not tell. */

import { expect, test } from 'vitest';
import { join, ONE, outcomeOf, stay } from '../../test/fixtures/tables/one-study.ts';
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
  expect(JSON.stringify(report)).not.toContain('secret');
});

test('at most twenty lines are told', async () => {
  const text = `${COLUMNS.triage.join(',')}\n${'bad\n'.repeat(50)}`;
  const { report } = await outcomeOf(await join({ texts: { triage: text } }));
  expect(report.tables.triage).toMatchObject({ rows: 50, badRows: 50 });
  expect(report.tables.triage.badLines).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
});

test('a hostile dicom_id is a bad row, and names no object', async () => {
  const metadata = [...ONE.metadata, { ...ONE.metadata[0], dicom_id: '../../../jobs/demo/job' }];
  const { lines, report } = await outcomeOf(await join({ rows: { metadata } }));
  expect(lines).toHaveLength(1);
  expect(report.tables.metadata).toMatchObject({ rows: 2, badRows: 1, badLines: [3] });
});

test('rows of stays that are not there are counted', async () => {
  const vitalsign = [{ ...stay, subject_id: '10000033', charttime: '2180-05-06 11:00:00', sbp: '100' }];
  const { report, lines } = await outcomeOf(await join({ rows: { vitalsign } }));
  expect(report.tables.vitalsign.withoutStay).toBe(1);
  expect(lines[0].clinical.last_sbp).toBeNull();
});
