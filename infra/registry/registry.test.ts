import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createThresholds } from '../../shared/budget/thresholds.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { loadFunctions } from './registry.ts';

const CONFIG = {
  description: 'A box.',
  memoryMiB: 256,
  cpu: 1,
  concurrency: 8,
  timeoutSeconds: 60,
  maxInstances: 2,
  triggers: [{ kind: 'http', edge: false }],
};
const made: string[] = [];

afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true });
});

function project(files: Record<string, unknown>): string {
  const root = mkdtempSync(join(tmpdir(), 'registry-'));
  made.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'functions', path)), { recursive: true });
    writeFileSync(
      join(root, 'functions', path),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }
  return root;
}

async function failure(files: Record<string, unknown>): Promise<TerminalError> {
  const error = await loadFunctions(project(files)).catch((thrown: unknown) => thrown);
  if (!(error instanceof TerminalError)) throw new Error('loadFunctions did not fail as it should');
  return error;
}

test('functions in the order of their names, with their entries', async () => {
  const root = project({
    'shard/function.json': CONFIG,
    'shard/node.ts': '',
    'heart/function.json': { ...CONFIG, triggers: [{ kind: 'http', edge: true }] },
    'heart/node.ts': '',
    'heart/worker.ts': '',
    '.cache/x': '',
  });
  const [heart, shard, ...others] = await loadFunctions(root);
  expect(others).toEqual([]);
  expect(heart).toMatchObject({ name: 'heart', worker: join(root, 'functions/heart/worker.ts') });
  expect(shard).toEqual({
    name: 'shard',
    folder: join(root, 'functions/shard'),
    entry: join(root, 'functions/shard/node.ts'),
    config: CONFIG,
    worker: undefined,
  });
});

test('all problems of all functions in one error, each with its file and field', async () => {
  const error = await failure({
    'a/function.json': { ...CONFIG, memoryMiB: 64 },
    'b/node.ts': '',
    'c/function.json': '{ not json',
    'c/node.ts': '',
    'd/function.json': { ...CONFIG, triggers: [{ kind: 'http', edge: true }] },
    'd/node.ts': '',
    'E/function.json': CONFIG,
    'E/node.ts': '',
  });
  expect(error.code).toBe('not-configured');
  expect(error.fields.map((field) => field.path).sort()).toEqual([
    'functions/E',
    'functions/a/function.json',
    'functions/a/node.ts',
    'functions/b/function.json',
    'functions/c/function.json',
    'functions/d/worker.ts',
  ]);
  expect(error.message).toContain('functions/a/function.json: memoryMiB: ');
  expect(error.message).toContain('functions/c/function.json: is not JSON');
});

test.each([
  [{ shed: 0.05, flush: 0.7, stop: 0.8, drain: 0.95 }, 'budget.thresholds.shed: '],
  [{ shed: 0.5, flush: 0.4, stop: 0.8, drain: 0.95 }, 'budget.thresholds: must rise'],
  [{ shed: 0.5, flush: 0.7, stop: 0.8, drain: 1.01 }, 'budget.thresholds.drain: '],
])('thresholds that the box would not start with: %j', async (thresholds, problem) => {
  const budget = { idleMiB: 60, requestMiB: 1, thresholds };
  const error = await failure({ 'a/function.json': { ...CONFIG, budget }, 'a/node.ts': '' });
  expect(error.message).toMatch(/^functions\/a\/function\.json: /);
  expect(error.message).toContain(problem);
});

test('every threshold that function.json may state is one that the box starts with', async () => {
  const budget = { idleMiB: 60, requestMiB: 1 };
  const given = { shed: 0.0501, flush: 0.0502, stop: 0.0503, drain: 0.0504 };
  const root = project({
    'a/function.json': { ...CONFIG, budget: { ...budget, thresholds: given } },
    'a/node.ts': '',
  });
  const [fn] = await loadFunctions(root);
  const fractions = fn?.config.budget?.thresholds;
  if (fractions === undefined) throw new Error('it states no thresholds');
  expect(createThresholds({ limitBytes: 1, fractions }).level).toBe('normal');
});

test('a worker that no trigger leads to is a mistake', async () => {
  const error = await failure({ 'a/function.json': CONFIG, 'a/node.ts': '', 'a/worker.ts': '' });
  expect(error.fields.map((field) => field.path)).toEqual(['functions/a/worker.ts']);
});

test('no functions folder', async () => {
  await expect(loadFunctions(join(tmpdir(), 'there-is-no-such-folder'))).rejects.toThrow(
    /no folder .*functions/,
  );
});
