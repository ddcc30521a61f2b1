/** The options of lists beyond prefix, delimiter and pages. */

import { expect, test } from 'vitest';
import { startStorage } from './storage-under-test.ts';

async function prepare(names: readonly string[]) {
  const { call, put } = await startStorage();
  for (const name of names) await put(name, '');
  const list = async (query: string) => {
    const response = await call(`/b/pillbox/o?${query}`);
    return { status: response.status, ...(await response.json()) };
  };
  const entries = async (query: string) => {
    const { items = [], prefixes = [] } = await list(query);
    return [items.map(({ name }: { name: string }) => name), prefixes];
  };
  return { list, entries };
}

test('includeTrailingDelimiter lists the object of a folder beside it', async () => {
  const { list, entries } = await prepare(['a', 'b/', 'b/1', 'c/2']);
  expect(await entries('delimiter=/')).toEqual([['a'], ['b/', 'c/']]);
  expect(await entries('delimiter=/&includeTrailingDelimiter=true')).toEqual([
    ['a', 'b/'],
    ['b/', 'c/'],
  ]);
  const { nextPageToken } = await list('delimiter=/&includeTrailingDelimiter=true&maxResults=2');
  const rest = `delimiter=/&includeTrailingDelimiter=true&pageToken=${nextPageToken}`;
  expect(await entries(rest)).toEqual([[], ['c/']]);
});

test('matchGlob keeps what matches, and folders that hold something that does', async () => {
  const { list, entries } = await prepare(['a.txt', 'b.csv', 'd/e.txt', 'f/g.csv', 'f/h.txt', 'i/j.csv']);
  expect(await entries('matchGlob=*.txt')).toEqual([['a.txt'], []]);
  expect(await entries('matchGlob=**.txt')).toEqual([['a.txt', 'd/e.txt', 'f/h.txt'], []]);
  expect(await entries('matchGlob=**.txt&delimiter=/')).toEqual([['a.txt'], ['d/', 'f/']]);
  expect(await entries('matchGlob=**.txt&maxResults=1&prefix=f')).toEqual([['f/h.txt'], []]);
  expect((await list('matchGlob={')).status).toBe(400);
  const allEmpty = 'matchGlob=&fields=&prefix=&delimiter=&startOffset=&endOffset=&pageToken=&versions=false';
  expect((await entries(allEmpty))[0]).toHaveLength(6);
});

test('fields keeps what is asked for; versions are the live ones', async () => {
  const { list } = await prepare(['a', 'b/c']);
  expect(await list('delimiter=/&fields=items(name),prefixes')).toEqual({
    status: 200,
    items: [{ name: 'a' }],
    prefixes: ['b/'],
  });
  expect(await list('fields=items(')).toMatchObject({
    status: 400,
    error: { errors: [{ reason: 'invalidParameter' }] },
  });
  expect((await list('versions=true')).items).toHaveLength(2);
});
