import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { joinBySql, numberOf, openTables } from './join-reference.fixture.ts';
import { writeTables } from './write-tables.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-answer-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test.each([
  { images: 'none' as const, seed: 'pillbox' },
  { images: 'none' as const, seed: '7' },
  { images: 4, seed: 'pillbox' },
])('the known answer is what SQL finds: images $images, seed $seed', async ({ images, seed }) => {
  const { rows, studies } = await writeTables({ dir, records: 300, seed, images });
  const answer = JSON.parse(await readFile(join(dir, 'answer.json'), 'utf8'));
  using db = disposable(await openTables(dir));
  const found = joinBySql(db.value, dir, images !== 'none');
  const expected = { matched: answer.matched, ...answer.unmatched };
  if (images === 'none') delete expected['no-report'];
  expect(found.counts).toEqual(expected);
  expect(found.matchesSha256).toBe(answer.matchesSha256);
  expect(answer).toMatchObject({ matched: 300, studies, rows });
  const counted = ['patients', 'edstays', 'triage', 'vitalsign', 'metadata', 'chexpert', 'split'].map(
    (table) => numberOf(db.value, `SELECT count(*) FROM ${table}`),
  );
  expect(counted).toEqual(Object.values(rows));
});

test('the tables are as untidy as real ones', async () => {
  await writeTables({ dir, records: 1000, seed: 'untidy', images: 'none' });
  using db = disposable(await openTables(dir));
  const present = {
    'ties at the same distance': `SELECT count(*) FROM candidate a JOIN candidate b USING (study_id, distance) WHERE a.stay_id < b.stay_id`,
    'several stays in the window': `SELECT count(*) FROM candidate a JOIN candidate b USING (study_id) WHERE a.distance < b.distance`,
    'the very edge of the window': `SELECT count(*) FROM candidate WHERE distance = 86400`,
    'studies before the stay': `SELECT count(*) FROM study s JOIN candidate c USING (study_id) JOIN edstays e ON CAST(e.stay_id AS INTEGER) = c.stay_id WHERE s.at < CAST(strftime('%s', intime) AS INTEGER)`,
    'several studies of a stay': `SELECT count(*) FROM (SELECT stay_id FROM candidate GROUP BY stay_id HAVING count(*) > 1)`,
    'stays without study': `SELECT count(*) FROM edstays WHERE CAST(stay_id AS INTEGER) NOT IN (SELECT stay_id FROM candidate)`,
    'stays without triage': `SELECT count(*) FROM edstays WHERE stay_id NOT IN (SELECT stay_id FROM triage)`,
    'triage without stay': `SELECT count(*) FROM triage WHERE stay_id NOT IN (SELECT stay_id FROM edstays)`,
    'stays without vital signs': `SELECT count(*) FROM edstays WHERE stay_id NOT IN (SELECT stay_id FROM vitalsign)`,
    'stays without a patient': `SELECT count(*) FROM edstays WHERE subject_id NOT IN (SELECT subject_id FROM patients)`,
    'patients in no other table': `SELECT count(*) FROM patients WHERE subject_id NOT IN (SELECT subject_id FROM edstays) AND subject_id NOT IN (SELECT subject_id FROM metadata)`,
    'studies without labels': `SELECT count(*) FROM study WHERE study_id NOT IN (SELECT CAST(study_id AS INTEGER) FROM chexpert)`,
    'heart rate 9999': `SELECT count(*) FROM vitalsign WHERE heartrate = '9999.0'`,
    'degrees Celsius': `SELECT count(*) FROM vitalsign WHERE temperature = '37.0'`,
    'pain in words': `SELECT count(*) FROM triage WHERE pain IN ('uta', '5-6', '13')`,
    commas: `SELECT count(*) FROM triage WHERE chiefcomplaint LIKE '%,%'`,
    quotes: `SELECT count(*) FROM triage WHERE chiefcomplaint LIKE '%"%'`,
    'line feeds': `SELECT count(*) FROM triage WHERE chiefcomplaint LIKE '%' || char(10) || '%'`,
    'no race': `SELECT count(*) FROM edstays WHERE race = ''`,
    'leading zeros lost': `SELECT count(*) FROM metadata WHERE StudyTime GLOB '[0-9][0-9][0-9][0-9][0-9].*'`,
  };
  const absent = Object.entries(present).filter(([, sql]) => !(numberOf(db.value, sql) > 0));
  expect(absent.map(([name]) => name)).toEqual([]);
  const splitsOfASubject = `SELECT max(n) FROM (SELECT count(DISTINCT split) AS n FROM split GROUP BY subject_id)`;
  expect(numberOf(db.value, splitsOfASubject)).toBe(1);
  for (const [table, id, from] of [
    ['patients', 'subject_id', '1'],
    ['edstays', 'stay_id', '3'],
    ['chexpert', 'study_id', '5'],
  ] as const) {
    expect(numberOf(db.value, `SELECT count(*) - count(DISTINCT ${id}) FROM ${table}`)).toBe(0);
    const strange = `SELECT count(*) FROM ${table} WHERE length(${id}) <> 8 OR ${id} NOT LIKE '${from}%'`;
    expect(numberOf(db.value, strange)).toBe(0);
  }
  const years = `SELECT count(*) FROM vitalsign WHERE charttime NOT BETWEEN '2100' AND '2211'`;
  expect(numberOf(db.value, years)).toBe(0);
});

function disposable(value: Awaited<ReturnType<typeof openTables>>) {
  return { value, [Symbol.dispose]: () => value.close() };
}
