import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
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

test('a worker that no trigger leads to is a mistake', async () => {
  const error = await failure({ 'a/function.json': CONFIG, 'a/node.ts': '', 'a/worker.ts': '' });
  expect(error.fields.map((field) => field.path)).toEqual(['functions/a/worker.ts']);
});

test('no functions folder', async () => {
  await expect(loadFunctions(join(tmpdir(), 'there-is-no-such-folder'))).rejects.toThrow(
    /no folder .*functions/,
  );
});
