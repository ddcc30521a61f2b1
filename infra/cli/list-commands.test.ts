/** `ls`, and what is not there. */

import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { useCommandPlace } from './cloud-commands.fixture.ts';
import { spawnPillbox } from './run-pillbox.fixture.ts';

const here = useCommandPlace();
const { pillbox, put } = here;

test('ls lists what begins with the prefix, in order; -l adds sizes that line up, --json is for programs', async () => {
  await put({ 'a/2': '22', 'a/10': '1010101010', 'b/x\u001b[2J': 'x' });
  expect(await pillbox('ls', 'a/')).toEqual({
    code: 0,
    stdout: 'gs://pillbox/a/10\ngs://pillbox/a/2\n',
    stderr: '',
  });
  expect((await pillbox('ls')).stdout).toContain('gs://pillbox/b/x\\u{1b}[2J\n');
  const long = (await pillbox('ls', '-l', 'gs://pillbox/a/')).stdout.split('\n');
  expect(long[0]).toMatch(/^ +BYTES {2}CRC32C +GENERATION +META {2}TYPE/);
  expect(long[1]).toMatch(
    /^ {11}10 {2}\S{8} {2}\d{16} {5}1 {2}application\/octet-stream {2}gs:\/\/pillbox\/a\/10$/,
  );
  expect(long[2]).toMatch(
    /^ {12}2 {2}\S{8} {2}\d{16} {5}1 {2}application\/octet-stream {2}gs:\/\/pillbox\/a\/2$/,
  );
  expect(long[3]).toBe('2 objects, 12 B');
  const json = (await pillbox('ls', '--json', 'a/2')).stdout;
  expect(JSON.parse(json)).toMatchObject({
    url: 'gs://pillbox/a/2',
    name: 'a/2',
    sizeBytes: 2,
    metageneration: '1',
  });
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
  expect(await readdir(here.dir)).toEqual([]);
});

test('a reader that stops early is no error', async () => {
  await Promise.all(
    Array.from({ length: 40 }, (_, n) => here.store.create(`many/${'x'.repeat(900)}${n}`, '')),
  );
  const child = spawnPillbox(['ls', '--json', '--endpoint', here.origin]);
  child.stdout.destroy();
  const said = text(child.stderr);
  await once(child, 'close');
  expect({ code: child.exitCode, stderr: await said }).toEqual({ code: 0, stderr: '' });
});
