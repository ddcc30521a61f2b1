/** A job of raw tables, all the way: every study is in the output, among the failures, or unmatched, and no record is left. */

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { createPipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import { listNames, listRecordsLeft, readBytes, readMetadata } from '../fixtures/pipeline/read-outputs.ts';
import { FOLDER, randomTables, TABLE_NAMES, writeTables } from '../fixtures/tables/random-tables.ts';

test('from tables to tars', async () => {
  const run = createPipelineRun();
  const drawn = randomTables(7, 70);
  await writeTables(run.store, drawn);
  const jpeg = await sharp({ create: { width: 40, height: 40, channels: 3, background: 'grey' } })
    .jpeg()
    .toBuffer();
  // Every fifth is no image: a record that fails, and is not lost.
  for (const [i, file] of drawn.files.entries()) {
    const isImage = file.endsWith('.jpg') && i % 5 !== 0;
    await run.store.create(FOLDER + file, isImage ? jpeg : 'FINDINGS: The lungs are clear.');
  }
  const options = { shardRecords: 4, image: { size: 16 }, stratifyBy: ['view'] };
  await run.store.create(
    'jobs/demo/job.json',
    JSON.stringify({ id: 'demo', ...options, join: { tables: TABLE_NAMES } }),
  );
  await run.announce('demo');
  await run.drive();
  expect(await listNames(run.store, 'jobs/demo/failed/')).toEqual([]);
  const report = JSON.parse(String(await readBytes(run.store, 'jobs/demo/out/join.json')));
  const { records, failed, splits } = await readMetadata(run.store);
  expect(records).toBe(report.matched.count);
  expect(records).toBeGreaterThan(10);
  expect(failed).toBeGreaterThan(0);
  expect(splits.train + splits.val + splits.test + failed).toBe(records);
  const reasons = Object.values<{ count: number }>(report.unmatched);
  expect(reasons.reduce((sum, { count }) => sum + count, records)).toBe(report.studies);
  expect(await listRecordsLeft(run.store)).toEqual([]);
});
