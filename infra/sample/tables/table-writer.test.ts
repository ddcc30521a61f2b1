import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTableWriter } from './table-writer.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-table-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('what is added comes out, in order, whatever its size, and the file has no time in it', async () => {
  const path = join(dir, 'ed', 'table.csv.gz');
  const rows = Array.from({ length: 30_000 }, (_, row) => `${row},Fièvre,${'x'.repeat(row % 50)}`);
  // Longer than the buffer, of characters of three bytes.
  rows.splice(7_000, 0, '漢'.repeat(400_000));
  const table = await createTableWriter(path, 'a,b,c');
  for (const [index, row] of rows.entries()) {
    table.add(row);
    if (index % 100 === 0) await table.flush();
  }
  expect(await readdir(join(dir, 'ed'))).toEqual(['table.csv.gz.unfinished']);
  const { rows: count, bytes } = await table.finish();
  const file = await readFile(path);
  expect([count, bytes]).toEqual([rows.length, file.byteLength]);
  expect(gunzipSync(file).toString()).toBe(`a,b,c\n${rows.join('\n')}\n`);
  expect(file.readUInt32LE(4)).toBe(0);
});

test('an empty table has its header', async () => {
  const path = join(dir, 'empty.csv.gz');
  expect(await (await createTableWriter(path, 'a,b')).finish()).toMatchObject({ rows: 0 });
  expect(gunzipSync(await readFile(path)).toString()).toBe('a,b\n');
});

test('a file that cannot be written ends the run instead of hanging it', async () => {
  await mkdir(join(dir, 'taken.csv.gz.unfinished'));
  const table = await createTableWriter(join(dir, 'taken.csv.gz'), 'a');
  const write = async () => {
    for (let row = 0; row < 200; row += 1) {
      table.add('y'.repeat(10_000));
      await table.flush();
    }
    await table.finish();
  };
  await expect(write()).rejects.toThrow(/EISDIR|closed|destroyed/);
  table.abandon();
  await writeFile(join(dir, 'blocked'), '');
  await expect(createTableWriter(join(dir, 'blocked', 'x.csv.gz'), 'a')).rejects.toThrow(/ENOTDIR|EEXIST/);
});
