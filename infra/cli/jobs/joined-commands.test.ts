/** What status, jobs and a watch tell of a join: counts and shares by reason, and the rows that could not be read. */

import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemoryStore } from '../../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { join, ONE, type Sample } from '../../../test/fixtures/tables/one-study.ts';
import type { openCloud } from '../cloud-options.ts';
import { registerJobs } from '../jobs.ts';
import { registerStatus } from '../status.ts';

let store: ObjectStore = createMemoryStore();
vi.mock('../cloud-options.ts', async (original) => ({
  ...(await original<object>()),
  openCloud: async (): ReturnType<typeof openCloud> => ({ openStore: () => store, bucket: 'pillbox' }),
}));

const [row] = ONE.metadata;
/** One study that matches, one whose only image has a hostile name, and a row of nobody. */
const METADATA = [
  ...ONE.metadata,
  { ...row, study_id: '50000002', dicom_id: '../x' },
  { ...row, subject_id: '../secret' },
];
const COUNTS = ['studies', 'matched', 'bad-time', 'no-stay', 'outside-window', 'no-image', 'no-report'];
const UNREAD = '2 rows could not be read: metadata 2 (dicom_id 1, subject_id 1); see badLines in join.json';

let printed: string[] = [];
let told: string[] = [];
beforeEach(() => {
  printed = [];
  told = [];
  const into = (lines: string[]) => (text: unknown) => {
    lines.push(...String(text).split('\n'));
  };
  vi.spyOn(console, 'log').mockImplementation(into(printed));
  vi.spyOn(console, 'error').mockImplementation(into(told));
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function joined(sample: Sample): Promise<void> {
  store = (await join(sample)).store;
}

/** The exit code. */
async function run(...args: string[]): Promise<number> {
  const program = new Command().exitOverride();
  registerJobs(program);
  registerStatus(program);
  try {
    await program.parseAsync([...args, '--data', '/nowhere/pillbox'], { from: 'user' });
    return 0;
  } catch (thrown) {
    return (thrown as { exitCode?: number }).exitCode ?? -1;
  }
}

/** The lines of counts, as `studies 2`, `matched 1 50.0%`. */
const counts = () =>
  printed
    .filter((line) => COUNTS.some((name) => line.startsWith(`${name} `)))
    .map((line) => line.replaceAll(/ +/g, ' '));

test('status', async () => {
  await joined({ rows: { metadata: METADATA } });
  expect(await run('status', 'demo')).toBe(0);
  expect(counts()).toEqual([
    'studies 2',
    'matched 1 50.0%',
    'bad-time 0 0.0%',
    'no-stay 0 0.0%',
    'outside-window 0 0.0%',
    'no-image 1 50.0%',
    'no-report 0 0.0%',
  ]);
  expect(printed.at(-1)).toBe(UNREAD);
  printed.length = 0;
  expect(await run('status', 'demo', '--json')).toBe(0);
  expect(JSON.parse(printed.join('\n'))).toMatchObject({
    state: 'running',
    joined: { studies: 2, unmatched: { 'no-image': { count: 1, rate: 0.5 } }, badRows: { count: 2 } },
  });
});

test('jobs tells beside the table what could not be read', async () => {
  await joined({ rows: { metadata: METADATA } });
  expect(await run('jobs')).toBe(0);
  expect(printed).toHaveLength(2);
  expect(told).toEqual([`pillbox: demo: ${UNREAD}`]);
  expect(await run('jobs', '--json')).toBe(0);
  expect(JSON.parse(printed.at(-1) ?? '')).toMatchObject({ job: 'demo', joined: { matched: { count: 1 } } });
});

test('the end of a watch, of a job that nothing matched in, too', async () => {
  await joined({ rows: { metadata: METADATA }, files: [] });
  // Its own rows go past the console.
  const rows = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(await run('status', 'demo', '--watch')).toBe(1);
  rows.mockRestore();
  expect(counts()).toContain('no-image 2 100.0%');
  expect(printed.at(-1)).toBe(UNREAD);
  printed.length = 0;
  expect(await run('status', 'demo', '--watch', '--json')).toBe(1);
  expect(printed).toHaveLength(1);
  expect(JSON.parse(printed[0] ?? '')).toMatchObject({ state: 'failed', joined: { studies: 2 } });
});

test.each<[string, (text: string) => string | undefined]>([
  ['is gone', () => undefined],
  ['is no JSON', (text) => text.slice(1)],
  ['has other counts', (text) => text.replace('"studies": 2', '"studies": "many"')],
])('a report that %s hides no state', async (_, change) => {
  await joined({ rows: { metadata: METADATA } });
  const name = 'jobs/demo/out/join.json';
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(name)) chunks.push(chunk);
  const changed = change(Buffer.concat(chunks).toString());
  await store.delete(name);
  if (changed !== undefined) await store.create(name, changed);
  expect(await run('status', 'demo')).toBe(0);
  expect(printed.join('\n')).toMatch(/^state +running \(shard\)$/m);
  expect(counts()).toEqual([]);
  expect(await run('jobs')).toBe(0);
});

test('what an earlier job left there is not told of this one', async () => {
  const { store: old } = await join({ rows: { metadata: METADATA } });
  const again = createMemoryStore();
  for await (const chunk of old.read('jobs/demo/out/join.json')) {
    await again.create('jobs/demo/out/join.json', chunk);
  }
  await again.create('jobs/demo/job.json', '{"id":"demo"}');
  store = again;
  expect(await run('status', 'demo')).toBe(0);
  expect(counts()).toEqual([]);
});
