import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { recordFailure } from '../../shared/pipeline/job-failure.ts';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { type LocalCloud, startLocalCloud } from '../local/cloud/local-cloud.ts';
import { runPillbox, spawnPillbox } from './run-pillbox.fixture.ts';

const BUCKET = 'pillbox';
const MANIFEST = 'data/m/manifest.jsonl';

let state = '';
let cloud: LocalCloud;
let store: ObjectStore;
let dir = '';
beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'pillbox-cli-cloud-'));
  cloud = await startLocalCloud({ dir: state, port: 0, buckets: [BUCKET] });
  store = openGoogleStore({ endpoint: cloud.origin, projectId: 'test' })(BUCKET);
});
afterAll(async () => {
  await cloud.close();
  await rm(state, { recursive: true, force: true });
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-cli-'));
});
afterEach(async () => {
  for await (const { name } of store.list('')) await store.delete(name);
  await rm(dir, { recursive: true, force: true });
});

const pillbox = (...args: string[]) => runPillbox([...args, '--endpoint', cloud.origin], { cwd: dir });
const put = (objects: Readonly<Record<string, string>>) =>
  Promise.all(Object.entries(objects).map(([name, body]) => store.create(name, body)));

test('ls lists what begins with the prefix, in order; -l adds sizes that line up, --json is for programs', async () => {
  await put({ 'a/2': '22', 'a/10': '1010101010', 'b/x\u001b[2J': 'x' });
  expect(await pillbox('ls', 'a/')).toEqual({
    code: 0,
    stdout: 'gs://pillbox/a/10\ngs://pillbox/a/2\n',
    stderr: '',
  });
  expect((await pillbox('ls')).stdout).toContain('gs://pillbox/b/x\\u{1b}[2J\n');
  const long = (await pillbox('ls', '-l', 'gs://pillbox/a/')).stdout.split('\n');
  expect(long[0]).toMatch(/^ +BYTES {2}CRC32C/);
  expect(long[1]).toMatch(
    /^ {11}10 {2}\S{8} {2}\d{16} {2}application\/octet-stream {2}gs:\/\/pillbox\/a\/10$/,
  );
  expect(long[2]).toMatch(/^ {12}2 {2}\S{8} {2}\d{16} {2}application\/octet-stream {2}gs:\/\/pillbox\/a\/2$/);
  expect(long[3]).toBe('2 objects, 12 B');
  const json = (await pillbox('ls', '--json', 'a/2')).stdout;
  expect(JSON.parse(json)).toMatchObject({ url: 'gs://pillbox/a/2', name: 'a/2', sizeBytes: 2 });
});

test('ls and cp of nothing: exit code 3', async () => {
  expect(await pillbox('ls', 'none/')).toMatchObject({
    code: 3,
    stdout: '',
    stderr: 'pillbox: nothing begins with gs://pillbox/none/\n',
  });
  expect(await pillbox('cp', 'gs://pillbox/none', '.')).toMatchObject({
    code: 3,
    stderr: 'pillbox: there is no gs://pillbox/none\n',
  });
  expect(await pillbox('cp', '-r', 'gs://pillbox/none', 'x')).toMatchObject({ code: 3 });
  expect(await pillbox('cp', 'none.txt', 'gs://pillbox/')).toMatchObject({
    code: 3,
    stderr: 'pillbox: there is no none.txt\n',
  });
  const noBucket = { code: 3, stdout: '', stderr: 'pillbox: there is no bucket no-such\n' };
  expect(await pillbox('ls', 'gs://no-such/x')).toEqual(noBucket);
  expect(await pillbox('cp', 'gs://no-such/x', '.')).toEqual(noBucket);
  expect(await readdir(dir)).toEqual([]);
});

test('a reader that stops early is no error', async () => {
  await Promise.all(Array.from({ length: 40 }, (_, n) => store.create(`many/${'x'.repeat(900)}${n}`, '')));
  const child = spawnPillbox(['ls', '--json', '--endpoint', cloud.origin]);
  child.stdout.destroy();
  const said = text(child.stderr);
  await once(child, 'close');
  expect({ code: child.exitCode, stderr: await said }).toEqual({ code: 0, stderr: '' });
});

test('a folder goes up and comes back byte for byte', async () => {
  const source = join(dir, 'source');
  await mkdir(join(source, 'deep', 'er'), { recursive: true });
  const big = Buffer.alloc(3_000_000, 'pillbox');
  await writeFile(join(source, 'deep', 'er', 'big.bin'), big);
  await writeFile(join(source, 'a b é.jsonl'), '{}\n');
  await writeFile(join(source, 'empty'), '');
  await symlink('/etc/passwd', join(source, 'link'));

  const up = await pillbox('cp', '-r', 'source/.', 'gs://pillbox/data/up');
  expect(up).toMatchObject({
    code: 0,
    stderr: 'pillbox: skipped, neither a file nor a folder: source/link\n',
  });
  expect(up.stdout).toContain('source/deep/er/big.bin -> gs://pillbox/data/up/deep/er/big.bin (2.9 MiB)\n');
  expect(await names()).toEqual(['data/up/a b é.jsonl', 'data/up/deep/er/big.bin', 'data/up/empty']);
  expect((await store.stat('data/up/a b é.jsonl'))?.contentType).toBe('application/jsonl');

  expect(await pillbox('cp', '-r', 'gs://pillbox/data/up', 'back')).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(join(dir, 'back', 'deep', 'er', 'big.bin'))).toEqual(big);
  expect((await readdir(join(dir, 'back'))).sort()).toEqual(['a b é.jsonl', 'deep', 'empty']);
});

test('folders land where cp -r would put them', async () => {
  await put({ 'out/a': '1', 'out/sub/b': '2', outside: '3' });
  await mkdir(join(dir, 'there'));
  await pillbox('cp', '-r', 'gs://pillbox/out/', 'there');
  await pillbox('cp', '-r', 'gs://pillbox/out', 'new');
  await pillbox('cp', 'gs://pillbox/out/a', 'gs://pillbox/outside', 'several/');
  await pillbox('cp', 'gs://pillbox/out/a', 'renamed');
  expect(await files(dir)).toEqual([
    'new/a',
    'new/sub/b',
    'renamed',
    'several/a',
    'several/outside',
    'there/out/a',
    'there/out/sub/b',
  ]);
  expect(await pillbox('cp', 'gs://pillbox/out/a', 'gs://pillbox/outside', 'renamed')).toMatchObject({
    code: 2,
  });
  expect(await pillbox('cp', 'gs://pillbox/out', 'x')).toMatchObject({
    code: 2,
    stderr: 'pillbox: gs://pillbox/out is a folder: add -r\n',
  });

  await pillbox('cp', '-r', 'new', 'gs://pillbox/fresh');
  await pillbox('cp', '-r', 'new', 'gs://pillbox/fresh');
  await pillbox('cp', 'renamed', 'there/out/a', 'gs://pillbox/two/');
  expect((await names()).filter((name) => !name.startsWith('out'))).toEqual([
    'fresh/a',
    'fresh/new/a',
    'fresh/new/sub/b',
    'fresh/sub/b',
    'two/a',
    'two/renamed',
  ]);
  expect(await pillbox('cp', 'new', 'gs://pillbox/x')).toMatchObject({
    code: 2,
    stderr: 'pillbox: new is a folder: add -r\n',
  });
});

test('a name that leads outside is refused, the others are copied, the exit code says so', async () => {
  await put({
    'evil/../../outside': 'x',
    'evil//etc/absolute': 'x',
    'evil/./dot': 'x',
    'evil/good': 'fine',
    'evil/folder/': '',
  });
  const { code, stderr } = await pillbox('cp', '-r', 'gs://pillbox/evil', 'inner/dst');
  expect(code).toBe(1);
  expect(stderr.split('\n').filter((line) => line.includes('would lead outside'))).toHaveLength(3);
  expect(stderr).toContain('3 of 4 not copied');
  expect(await files(dir)).toEqual(['inner/dst/good']);
});

test('what exists is overwritten, as cp does; -k keeps it; a folder of that name is an error', async () => {
  await put({ 'o/a': 'cloud' });
  await writeFile(join(dir, 'a'), 'mine');
  expect((await pillbox('cp', '-k', 'gs://pillbox/o/a', '.')).stdout).toBe(
    'kept a\ncopied 0 (0 B), kept 1\n',
  );
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('mine');
  expect((await pillbox('cp', '-k', 'a', 'gs://pillbox/o/')).stdout).toContain('kept gs://pillbox/o/a');
  expect(await pillbox('cp', '-q', 'gs://pillbox/o/a', 'a')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('cloud');
  await mkdir(join(dir, 'o', 'a'), { recursive: true });
  const clash = await pillbox('cp', '-r', 'gs://pillbox/o/', '.');
  expect(clash).toMatchObject({ code: 1 });
  expect(clash.stderr).toContain('is a folder');
});

test('a link is written through and a pipe is written to, never replaced', async () => {
  await put({ a: 'cloud' });
  await writeFile(join(dir, 'real'), 'old');
  await symlink('real', join(dir, 'link'));
  await pillbox('cp', 'gs://pillbox/a', 'link');
  expect(await readFile(join(dir, 'real'), 'utf8')).toBe('cloud');
  const fifo = join(dir, 'fifo');
  await promisify(execFile)('mkfifo', [fifo]);
  const [read, { code }] = await Promise.all([
    readFile(fifo, 'utf8'),
    pillbox('cp', 'gs://pillbox/a', 'fifo'),
  ]);
  expect({ read, code, isStillFifo: (await lstat(fifo)).isFIFO() }).toEqual({
    read: 'cloud',
    code: 0,
    isStillFifo: true,
  });
});

test('submit checks, creates once, and says what to do next; status follows', async () => {
  await put({ [MANIFEST]: '{}\n' });
  const file = join(dir, 'job.json');
  await writeFile(file, JSON.stringify({ id: 'first', manifest: MANIFEST }));
  const submitted = await pillbox('submit', file);
  expect(submitted).toMatchObject({ code: 0, stderr: '' });
  expect(submitted.stdout).toContain('submitted first: gs://pillbox/jobs/first/job.json\n');
  expect(await pillbox('submit', file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('a job of the name first exists'),
  });

  const status = await pillbox('status', 'first');
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/^job +first\nstate +planning\n/);
  expect(JSON.parse((await pillbox('status', 'first', '--json')).stdout)).toMatchObject({
    state: 'planning',
  });
  expect(await pillbox('status', 'second')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('there is no job second'),
  });
});

test.each(['out/train-00000.tar', 'failed/plan.json'])(
  'submit refuses a name under which %s of an earlier job is left, and says what to delete',
  async (left) => {
    await put({ [MANIFEST]: '{}\n', [`jobs/first/${left}`]: '' });
    const file = join(dir, 'job.json');
    await writeFile(file, JSON.stringify({ id: 'first', manifest: MANIFEST }));
    const { code, stderr } = await pillbox('submit', file);
    expect(code).toBe(1);
    expect(stderr).toContain(`gs://pillbox/jobs/first/${left} is left of an earlier job`);
    expect(stderr).toContain('delete gs://pillbox/jobs/first/');
    expect(await names()).toEqual([MANIFEST, `jobs/first/${left}`]);
  },
);

test('submit refuses a manifest that is not there, and writes no job', async () => {
  const file = join(dir, 'job.json');
  await writeFile(file, JSON.stringify({ id: 'first', manifest: 'gs://pillbox/none.jsonl' }));
  const { code, stderr } = await pillbox('submit', file);
  expect(code).toBe(3);
  expect(stderr).toContain('there is no manifest gs://pillbox/none.jsonl');
  expect(await names()).toEqual([]);
});

test('a failed job: its code and message, exit code 1; --watch ends with it', async () => {
  const { generation } = await store.create('jobs/bad/job.json', '{}');
  await recordFailure(
    store,
    { job: 'bad', generation },
    'plan',
    new TerminalError('manifest-empty', 'the manifest has no lines'),
  );
  const status = await pillbox('status', 'bad');
  expect(status).toMatchObject({ code: 1, stderr: 'pillbox: the job bad failed\n' });
  expect(status.stdout).toMatch(/error +manifest-empty: the manifest has no lines\n/);
  const watched = await pillbox('status', 'bad', '--watch');
  expect(watched).toMatchObject({ code: 1, stdout: 'failed: manifest-empty: the manifest has no lines\n' });
});

async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const { name } of store.list('')) found.push(name);
  return found;
}

async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
