import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import type { openCloud } from './cloud-options.ts';
import { registerJobs } from './jobs.ts';

let store: ObjectStore;
vi.mock('./cloud-options.ts', async (original) => ({
  ...(await original<object>()),
  openCloud: async (): ReturnType<typeof openCloud> => ({ openStore: () => store, bucket: 'pillbox' }),
}));

const work = (job: string, generation: string) => `jobs/${job}/work/${generation}/`;

beforeEach(async () => {
  store = createMemoryStore();
  await submit('readable');
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function submit(id: string, plan?: string): Promise<void> {
  const job = JSON.stringify({ id, manifest: 'm.jsonl' });
  const { generation } = await store.create(`jobs/${id}/job.json`, job);
  if (plan !== undefined) await store.create(`${work(id, generation)}plan.json`, plan);
}

async function jobs(...args: string[]): Promise<{ out: string[]; err: string[] }> {
  const program = new Command().exitOverride();
  registerJobs(program);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  const error = vi.spyOn(console, 'error').mockImplementation(() => {});
  await program.parseAsync(['jobs', ...args], { from: 'user' });
  const lines = (calls: unknown[][]) => calls.flatMap(([text]) => String(text).split('\n'));
  return { out: lines(log.mock.calls), err: lines(error.mock.calls) };
}

test.each([
  ['of another version', '{"format": 9}'],
  ['that is no JSON', '{"jo'],
  ['of nothing', ''],
  ['far too large', `"${'x'.repeat(2 ** 20)}"`],
])('a job with a plan %s is named beside the table, and hides no other', async (_, plan) => {
  await submit('strange', plan);
  const { out, err } = await jobs();
  expect(out).toHaveLength(2);
  expect(out[1]).toMatch(/^readable +planning/);
  expect(err).toHaveLength(1);
  expect(err[0]).toMatch(/^pillbox: strange: .*plan\.json/);
  expect(err[0]).not.toContain('xxx');
});

test('as JSON the rows are whole, and what cannot be read is told on the side', async () => {
  await submit('strange', '[]');
  const { out, err } = await jobs('--json');
  expect(out.map((line) => JSON.parse(line).job)).toEqual(['readable']);
  expect(err).toHaveLength(1);
});

test('where no job can be read, each is told', async () => {
  store = createMemoryStore();
  for (const id of ['one', 'two']) await submit(id, '7');
  const { err } = await jobs();
  expect(err.map((line) => line.split(':')[1]?.trim()).sort()).toEqual(['one', 'two']);
});

test('an error that is not of the job itself ends the command', async () => {
  const inner = store;
  store = {
    ...inner,
    stat: async () => {
      throw new Error('the network is gone');
    },
    read: () => {
      throw new Error('the network is gone');
    },
  };
  await expect(jobs()).rejects.toThrow('the network is gone');
});
