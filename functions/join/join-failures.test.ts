/** What ends a join, and that the message names it. */

import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { TableName } from '../../shared/pipeline/join-plan.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { createJoinRun } from '../../test/fixtures/pipeline/join-run.ts';
import { listNames } from '../../test/fixtures/pipeline/read-outputs.ts';
import { IMAGE, join, ONE, outcomeOf, REPORT, type Sample } from '../../test/fixtures/tables/one-study.ts';
import { COLUMNS, csvOf, FOLDER, TABLE_NAMES } from '../../test/fixtures/tables/random-tables.ts';

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

test('what an earlier job left in out/ is not joined', async () => {
  const run = createJoinRun();
  await run.store.create('jobs/demo/out/join.json', '{}');
  await run.store.create('jobs/demo/job.json', JSON.stringify({ id: 'demo', join: { tables: TABLE_NAMES } }));
  await run.start();
  await run.drive();
  expect((await outcomeOf(run)).failure?.code).toBe('outputs-exist');
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
