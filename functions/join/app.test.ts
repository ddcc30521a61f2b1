/** What a join makes of studies and stays: the lines of its manifest. */

import { expect, test } from 'vitest';
import type { TableName } from '../../shared/pipeline/join-plan.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { OpenStoreOptions } from '../../shared/storage/object-store.ts';
import { IMAGE, join, ONE, outcomeOf, REPORT, stay, study } from '../../test/fixtures/tables/one-study.ts';
import { COLUMNS, csvOf, FOLDER, type Row, TABLE_NAMES } from '../../test/fixtures/tables/random-tables.ts';

test('a study and its stay become one line', async () => {
  const { lines, failure } = await outcomeOf(await join());
  expect(failure).toBeUndefined();
  expect(lines).toEqual([
    {
      subject_id: 10000032,
      study_id: 50000001,
      stay_id: 30000001,
      image: `gs://pillbox/${FOLDER}${IMAGE}`,
      view: 'PA',
      report_object: `gs://pillbox/${FOLDER}${REPORT}`,
      demographics: { gender: 'F', race: 'WHITE', arrival_transport: null },
      chief_complaint: 'Cough',
      clinical: expect.objectContaining({ sbp: 120, acuity: 3, heartrate: null, last_sbp: null, age: 62 }),
      labels: expect.objectContaining({ Edema: 1, Pneumonia: -1, Fracture: null }),
      hours_since_arrival: -0.5,
      split: 'val',
    },
  ]);
  expect(Object.keys(lines[0].clinical)).toHaveLength(16);
});

test('what the job does not name is in no line', async () => {
  const { chexpert: _, split: __, ...tables } = TABLE_NAMES;
  const { lines } = await outcomeOf(await join({ join: { tables } }));
  expect(lines[0]).not.toHaveProperty('labels');
  expect(lines[0]).not.toHaveProperty('split');
  expect(lines[0]).not.toHaveProperty('stratum');
});

test('the last vital sign is the last that was charted of each; of one time, the later row', async () => {
  const at = (hour: number, row: Row) => ({ ...stay, charttime: `2180-05-06 ${hour}:00:00`, ...row });
  const vitalsign = [
    at(12, { sbp: '110', o2sat: '97' }),
    at(11, { sbp: '100', pain: '4' }),
    at(12, { sbp: '111', o2sat: '' }),
    at(13, { sbp: '9999', o2sat: '', pain: 'asleep' }),
  ];
  const { lines, report } = await outcomeOf(await join({ rows: { vitalsign } }));
  expect(lines[0].clinical).toMatchObject({ last_sbp: 111, last_o2sat: 97, last_pain: 4, last_dbp: null });
  expect(report.tables.vitalsign.columns).toMatchObject({
    sbp: { implausible: 1 },
    pain: { missing: 2, unreadable: 1 },
  });
});

test('all lines of a subject have the stratum of its first study', async () => {
  const later = { ...study, study_id: '50000002', dicom_id: 'bb-1' };
  const [first] = ONE.metadata;
  const { lines } = await outcomeOf(
    await join({
      rows: { metadata: [{ ...first, ...later, ViewPosition: 'AP' }, ...ONE.metadata] },
      files: [IMAGE, REPORT, 'files/p10/p10000032/s50000002/bb-1.jpg', 'files/p10/p10000032/s50000002.txt'],
      job: { stratifyBy: ['view', 'clinical', 'label:Fracture'] },
    }),
  );
  expect(lines.map(({ view, stratum }) => [view, stratum])).toEqual([
    ['PA', 'PA|1|'],
    ['AP', 'PA|1|'],
  ]);
});

test('templates without the subject are not looked for', async () => {
  const { lines } = await outcomeOf(
    await join({ files: [], join: { images: 'i/{dicom_id}.jpg', reports: 'gs://notes/report.txt' } }),
  );
  expect(lines[0]).toMatchObject({
    image: `gs://pillbox/${FOLDER}i/aa-1.jpg`,
    report_object: 'gs://notes/report.txt',
  });
});

test('buckets of others are paid for, the own one is not', async () => {
  const other = createMemoryStore();
  for (const [table, columns] of Object.entries(COLUMNS)) {
    await other.create(`t/${table}.csv`, csvOf(ONE[table as TableName], columns));
  }
  for (const file of [IMAGE, REPORT]) await other.create(`t/${file}`, '');
  const opened: (OpenStoreOptions | undefined)[] = [];
  const openOther = (_bucket: string, options?: OpenStoreOptions) => {
    opened.push(options);
    return other;
  };
  const tables = Object.fromEntries(
    Object.keys(COLUMNS).map((table) => [table, `gs://mimic/t/${table}.csv`]),
  );
  const run = await join({ join: { tables }, job: { userProject: 'payer-project' }, run: { openOther } });
  const { lines, failure } = await outcomeOf(run);
  expect(failure).toBeUndefined();
  expect(lines[0].image).toBe(`gs://mimic/t/${IMAGE}`);
  expect(opened.length).toBeGreaterThan(15);
  expect(new Set(opened.map((options) => options?.userProject))).toEqual(new Set(['payer-project']));
});
