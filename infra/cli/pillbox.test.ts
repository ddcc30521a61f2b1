import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runPillbox, spawnPillbox } from './run-pillbox.fixture.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-cli-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('every command teaches by --help', async () => {
  const root = await runPillbox(['--help']);
  expect(root.code).toBe(0);
  expect(root.stdout).toContain('Exit codes: 0 done; 1 failed; 2 wrong usage; 3 nothing');
  const pipeline = ['plan', 'submit', 'jobs', 'status', 'cancel', 'resume', 'verify'];
  const commands = ['start', 'sample', ...pipeline, 'ls', 'cp', 'top', 'profile', 'fit'];
  const helps = await Promise.all(commands.map((command) => runPillbox([command, '--help'])));
  for (const [index, { code, stdout }] of helps.entries()) {
    expect(code).toBe(0);
    expect(stdout).toContain('Examples:\n  $ np');
    expect(root.stdout).toContain(`  ${commands[index]} `);
  }
});

test.each([
  [['sttaus', 'demo'], "unknown command 'sttaus' (Did you mean status?)"],
  [['ls', '--jsn'], "unknown option '--jsn' (Did you mean --json?)"],
  [['status'], "missing required argument 'job'"],
  [['status', 'Not A Job'], 'is no name of a job'],
  [['cancel', '../x'], 'is no name of a job'],
  [['resume', 'x/y'], 'is no name of a job'],
  [['submit', '--table', 'x=y'], '--table: write name=object'],
  [['submit', '--splits', '1,2'], 'three fractions'],
  [['submit'], 'name a job.json, or --id'],
  [['plan', '--records', '5'], 'add --what-if'],
  [['plan', '--what-if', '--records', '0'], 'It must be a whole number'],
  [['sample', '--out', 'x', '--patients', 'many'], 'It must be a whole number, 1 or more.'],
  [['sample', '--out', 'x', '--patients', '1', '--faulty', '4'], 'faulty: at most'],
  [['cp', 'only-one'], 'Name a target as well'],
  [['cp', 'a', 'b'], 'both on this machine'],
  [['cp', 'gs://a/b', 'gs://c/d'], 'both in the cloud'],
  [['cp', 'gs://a/b', 'c', 'd'], 'either all in the cloud'],
  [['ls', 'gs://'], 'names no bucket'],
  [['ls', '--endpoint', 'nowhere'], 'is no URL'],
  [['ls', '--google', '--endpoint', 'http://127.0.0.1:1'], 'cannot be used with'],
])('%j is wrong usage: one line, exit code 2', async (args, message) => {
  const { code, stdout, stderr } = await runPillbox(args, { cwd: dir });
  expect(stderr).toMatch(/^pillbox: .*\n$/);
  expect(stderr).toContain(message);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(await readdir(dir)).toEqual([]);
});

test('nothing is running, or what ran has ended: exit code 3 and what to do', async () => {
  const never = await runPillbox(['ls'], { cwd: dir });
  expect(never).toMatchObject({ code: 3, stdout: '' });
  expect(never.stderr).toMatch(/^pillbox: no Pillbox is running here .*npm start.*\n$/);

  const gone = spawnPillbox(['--version']);
  await once(gone, 'close');
  const origin = 'http://127.0.0.1:1';
  await writeFile(
    join(dir, 'run.json'),
    JSON.stringify({ pid: gone.pid, edge: origin, cloud: origin, boxes: origin }),
  );
  const stale = await runPillbox(['status', 'demo', '--data', dir]);
  expect(stale.code).toBe(3);
  expect(stale.stderr).toContain(`the Pillbox of ${join(dir, 'run.json')} has ended`);

  const silent = await runPillbox(['ls', '--endpoint', origin]);
  expect(silent.code).toBe(3);
  expect(silent.stderr).toContain(`nothing answers at ${origin}`);
});

test('a job that is not valid names its fields and reaches no cloud; one that is absent is not found', async () => {
  const file = join(dir, 'job.json');
  await writeFile(file, JSON.stringify({ id: 'Bad Name', manifest: 'm.jsonl', shards: 3 }));
  const invalid = await runPillbox(['submit', file], { cwd: dir });
  expect(invalid.code).toBe(1);
  expect(invalid.stderr).toMatch(/^pillbox: job\.json: .*id: must be.*\n$/);
  expect((await runPillbox(['submit', join(dir, 'none.json')])).code).toBe(3);
  const nothing = await runPillbox(['submit', '--id', 'a'], { cwd: dir });
  expect(nothing.code).toBe(1);
  expect(nothing.stderr).toBe('pillbox: job.json: manifest: either manifest or join is needed, not both\n');
  const tokens = ['--max-tokens', '9000'];
  const long = await runPillbox(['submit', '--id', 'a', '--manifest', 'm', ...tokens], { cwd: dir });
  expect(long.stderr).toMatch(/tokens\.tokenizer: .*tokens\.maxTokens: /);
});

test('--dry-run prints the job that would be written, and reaches no cloud', async () => {
  const args = ['--id', 'first', '--manifest', 'm.jsonl', '--image-size', '224', '--dry-run'];
  const { code, stdout, stderr } = await runPillbox(['submit', ...args], { cwd: dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ id: 'first', manifest: 'm.jsonl', image: { size: 224 } });
});

test('PILLBOX_DEBUG=1 shows where an error came from', async () => {
  const { code, stderr } = await runPillbox(['ls'], { cwd: dir, env: { PILLBOX_DEBUG: '1' } });
  expect(code).toBe(3);
  expect(stderr).toMatch(/\n {4}at .*cloud-options\.ts/);
});

test('Ctrl-C ends a sample at once with 130; the next run completes it', async () => {
  const out = join(dir, 'sample');
  const args = ['sample', '--out', out, '--patients', '4', '--seed', 'ctrl-c'];
  const child = spawnPillbox(args);
  const closed = once(child, 'close');
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  await expect.poll(() => countImages(out), { timeout: 60_000 }).toBeGreaterThan(0);
  const interruptedMs = performance.now();
  child.kill('SIGINT');
  await closed;
  expect(performance.now() - interruptedMs).toBeLessThan(6_000);
  expect(child.exitCode).toBe(130);
  expect((await said)[0]).toBe('');

  const again = await runPillbox(args);
  expect(again.code).toBe(0);
  // Where there is no terminal, a line every 2 s.
  expect(again.stderr).toMatch(/^((drawing )?\d+\/\d+ studies(, \d+ s left)?\n)*$/);
  expect(again.stdout).toMatch(/studies of 4 synthetic patients, \d+ images \(\d+\.\d MiB\)\n$/);
  expect((await readdir(out)).sort()).toEqual(['README.txt', 'files', 'manifest.jsonl', 'sample.json']);
});

async function countImages(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.filter((name) => name.endsWith('.jpg')).length;
}
