import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { TableName } from '../../shared/pipeline/join-plan.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { OpenStoreOptions } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { createJoinRun, type JoinRun, type JoinRunOptions } from '../../test/fixtures/pipeline/join-run.ts';
import { listNames, readBytes } from '../../test/fixtures/pipeline/read-outputs.ts';
import { COLUMNS, csvOf, FOLDER, type Row, TABLE_NAMES } from '../../test/fixtures/tables/random-tables.ts';

const IMAGE = 'files/p10/p10000032/s50000001/aa-1.jpg';
const REPORT = 'files/p10/p10000032/s50000001.txt';
const subject = { subject_id: '10000032' };
const study = { ...subject, study_id: '50000001' };
const stay = { ...subject, stay_id: '30000001' };

/** One patient, one visit, one study that matches. */
const ONE: Readonly<Record<TableName, readonly Row[]>> = {
  patients: [{ ...subject, anchor_age: '60', anchor_year: '2178' }],
  edstays: [
    { ...stay, intime: '2180-05-06 10:00:00', outtime: '2180-05-06 20:00:00', gender: 'F', race: 'WHITE' },
  ],
  triage: [{ ...stay, sbp: '120', acuity: '3', chiefcomplaint: 'Cough' }],
  vitalsign: [],
  chexpert: [{ ...study, Edema: '1.0', Pneumonia: '-1.0' }],
  split: [{ ...study, dicom_id: 'aa-1', split: 'validate' }],
  metadata: [{ ...study, dicom_id: 'aa-1', ViewPosition: 'PA', StudyDate: '21800506', StudyTime: '93000.5' }],
};

interface Sample {
  readonly rows?: Partial<Record<TableName, readonly Row[]>>;
  /** In place of what the rows give. */
  readonly texts?: Partial<Record<TableName, string | Uint8Array | undefined>>;
  readonly files?: readonly string[];
  readonly join?: object;
  readonly job?: object;
  readonly run?: JoinRunOptions;
}

async function join(sample: Sample = {}): Promise<JoinRun> {
  const run = createJoinRun(sample.run);
  for (const [name, columns] of Object.entries(COLUMNS)) {
    const table = name as TableName;
    const text = csvOf(sample.rows?.[table] ?? ONE[table], columns);
    const content = sample.texts !== undefined && table in sample.texts ? sample.texts[table] : text;
    if (content !== undefined) await run.store.create(`${FOLDER}${table}.csv`, content);
  }
  for (const file of sample.files ?? [IMAGE, REPORT]) await run.store.create(FOLDER + file, '');
  const job = { id: 'demo', join: { tables: TABLE_NAMES, ...sample.join }, ...sample.job };
  await run.store.create('jobs/demo/job.json', JSON.stringify(job));
  await run.start();
  await run.drive();
  return run;
}

async function outcomeOf({ store }: JoinRun) {
  const [failure] = await listNames(store, 'jobs/demo/failed/');
  const manifest = (await listNames(store, 'jobs/demo/work/')).find((name) =>
    name.endsWith('/manifest.jsonl'),
  );
  const text = async (name: string | undefined) =>
    name === undefined ? '' : String(await readBytes(store, name));
  const report = (await store.stat('jobs/demo/out/join.json')) && 'jobs/demo/out/join.json';
  const { code, message } =
    failure === undefined ? ({} as Record<string, string>) : JSON.parse(await text(failure));
  return {
    failure: failure === undefined ? undefined : { code, message },
    lines: (await text(manifest))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
    report: report && JSON.parse(await text(report)),
  };
}

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

test.each<[string, Sample, string, RegExp]>([
  [
    'a table that is not there',
    { texts: { triage: undefined } },
    'table-missing',
    /^join.tables.triage: .*triage.csv does not exist$/,
  ],
  ['an empty object', { texts: { edstays: '' } }, 'table-invalid', /^table edstays is empty/],
  [
    'a missing column',
    { texts: { patients: 'subject_id,anchor_age\n' } },
    'table-invalid',
    /^table patients has no column anchor_year /,
  ],
  [
    'a wrong header',
    { texts: { metadata: 'a,b\n1,2\n' } },
    'table-invalid',
    /^table metadata has no column subject_id, study_id/,
  ],
  [
    'a truncated gzip file',
    { texts: { vitalsign: gzipSync('subject_id,'.repeat(99)).subarray(0, 30) } },
    'table-invalid',
    /^table vitalsign ends early/,
  ],
  [
    'no stays',
    { rows: { edstays: [] } },
    'join-empty',
    /^none of 1 studies .*: bad-time 0, no-stay 1, outside-window 0, no-image 0, no-report 0$/,
  ],
  ['no studies', { rows: { metadata: [] } }, 'join-empty', /^none of 0 studies/],
  ['no images', { files: [REPORT] }, 'join-empty', /no-image 1/],
  ['no reports', { files: [IMAGE] }, 'join-empty', /no-report 1/],
  [
    'a template of a bucket',
    { join: { images: 'gs://b{subject_id}/x.jpg' } },
    'job-invalid',
    /^job.json: join.images: must be gs/,
  ],
  [
    'no tokenizer',
    { job: { tokens: { tokenizer: 'nowhere.json' } } },
    'input-missing',
    /^tokens.tokenizer: nowhere.json does not exist$/,
  ],
  [
    'no knowledge',
    { job: { note: { knowledge: 'nowhere.jsonl' } } },
    'input-missing',
    /^note.knowledge: nowhere.jsonl does not exist$/,
  ],
])('%s ends the job with a clear message', async (_case, sample, code, message) => {
  const run = await join(sample);
  const { failure } = await outcomeOf(run);
  expect(failure).toEqual({ code, message: expect.stringMatching(message) });
  expect(run.shards.size).toBe(0);
});

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

test('what an earlier job left in out/ is not joined', async () => {
  const run = createJoinRun();
  await run.store.create('jobs/demo/out/join.json', '{}');
  await run.store.create('jobs/demo/job.json', JSON.stringify({ id: 'demo', join: { tables: TABLE_NAMES } }));
  await run.start();
  await run.drive();
  expect((await outcomeOf(run)).failure?.code).toBe('outputs-exist');
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

test.each([
  ['refused', new StorageRefusedError('x', 403), 'table-refused', /table edstays \(403\)/],
  [
    'replaced meanwhile',
    new ObjectNotFoundError('x'),
    'table-missing',
    /table edstays was replaced or deleted/,
  ],
])('a table that is %s ends the job', async (_case, error, code, message) => {
  const run = await join({
    run: {
      wrapStore: (store) => ({
        ...store,
        async *read(name, options) {
          // Planning looks at the first bytes; the scan reads all.
          if (name.endsWith('edstays.csv') && options?.endByteExclusive === undefined) throw error;
          yield* store.read(name, options);
        },
      }),
    },
  });
  expect((await outcomeOf(run)).failure).toEqual({ code, message: expect.stringMatching(message) });
});

test('a spill that somebody deleted ends the job', async () => {
  const run = createJoinRun();
  for (const [table, columns] of Object.entries(COLUMNS)) {
    await run.store.create(`${FOLDER}${table}.csv`, csvOf(ONE[table as TableName], columns));
  }
  await run.store.create('jobs/demo/job.json', JSON.stringify({ id: 'demo', join: { tables: TABLE_NAMES } }));
  await run.start();
  const held: Parameters<typeof run.deliver>[0][] = [];
  await run.drive({ lose: (task) => task.path === '/partitions' && held.push(task) > 0 });
  const spills = (await listNames(run.store, 'jobs/demo/work/')).filter((name) => name.includes('/spills/'));
  for (const name of spills) await run.store.delete(name);
  for (const task of held) await run.deliver(task);
  expect((await outcomeOf(run)).failure?.code).toBe('part-missing');
});
