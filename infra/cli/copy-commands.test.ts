/** `cp` between a folder and a bucket: where things land, and what it never does. */

import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { useCommandPlace } from './cloud-commands.fixture.ts';

const here = useCommandPlace();
const { pillbox, put, names } = here;

test('a folder goes up and comes back byte for byte', async () => {
  const source = join(here.dir, 'source');
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
  expect((await here.store.stat('data/up/a b é.jsonl'))?.contentType).toBe('application/jsonl');

  expect(await pillbox('cp', '-r', 'gs://pillbox/data/up', 'back')).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(join(here.dir, 'back', 'deep', 'er', 'big.bin'))).toEqual(big);
  expect((await readdir(join(here.dir, 'back'))).sort()).toEqual(['a b é.jsonl', 'deep', 'empty']);
});

test('folders land where cp -r would put them', async () => {
  await put({ 'out/a': '1', 'out/sub/b': '2', outside: '3' });
  await mkdir(join(here.dir, 'there'));
  await pillbox('cp', '-r', 'gs://pillbox/out/', 'there');
  await pillbox('cp', '-r', 'gs://pillbox/out', 'new');
  await pillbox('cp', 'gs://pillbox/out/a', 'gs://pillbox/outside', 'several/');
  await pillbox('cp', 'gs://pillbox/out/a', 'renamed');
  expect(await files(here.dir)).toEqual([
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
  expect(await files(here.dir)).toEqual(['inner/dst/good']);
});

test('what exists is overwritten, as cp does; -k keeps it; a folder of that name is an error', async () => {
  await put({ 'o/a': 'cloud' });
  await writeFile(join(here.dir, 'a'), 'mine');
  expect((await pillbox('cp', '-k', 'gs://pillbox/o/a', '.')).stdout).toBe(
    'kept a\ncopied 0 (0 B), kept 1\n',
  );
  expect(await readFile(join(here.dir, 'a'), 'utf8')).toBe('mine');
  expect((await pillbox('cp', '-k', 'a', 'gs://pillbox/o/')).stdout).toContain('kept gs://pillbox/o/a');
  expect(await pillbox('cp', '-q', 'gs://pillbox/o/a', 'a')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(await readFile(join(here.dir, 'a'), 'utf8')).toBe('cloud');
  await mkdir(join(here.dir, 'o', 'a'), { recursive: true });
  const clash = await pillbox('cp', '-r', 'gs://pillbox/o/', '.');
  expect(clash).toMatchObject({ code: 1 });
  expect(clash.stderr).toContain('is a folder');
});

test('a link is written through and a pipe is written to, never replaced', async () => {
  await put({ a: 'cloud' });
  await writeFile(join(here.dir, 'real'), 'old');
  await symlink('real', join(here.dir, 'link'));
  await pillbox('cp', 'gs://pillbox/a', 'link');
  expect(await readFile(join(here.dir, 'real'), 'utf8')).toBe('cloud');
  const fifo = join(here.dir, 'fifo');
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

async function files(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
