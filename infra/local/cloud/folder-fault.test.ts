import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { failureMessage, failureText, withFolder } from './folder-fault.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: such, write`), { code });

test.each([
  ['ENOSPC', 'the disk is full (ENOSPC)'],
  ['EDQUOT', 'the disk quota is used up (EDQUOT)'],
  ['EROFS', 'the file system is read-only (EROFS)'],
  ['EACCES', 'permission is denied (EACCES)'],
  ['EMFILE', 'too many files are open (EMFILE)'],
])('%s is one line that names the folder, and its answer names none', (code, words) => {
  const failure = withFolder(systemError(code), '/data/cloud');
  expect(failureText(failure)).toBe(`the folder /data/cloud cannot be used: ${words}`);
  expect(failureMessage(failure)).toBe(`The local cloud failed: ${words}.`);
  expect(withFolder(failure, '/elsewhere')).toBe(failure);
  expect(failureText(systemError(code))).toBe(words);
});

test("so is SQLite's own full database", () => {
  const database = new DatabaseSync(':memory:');
  database.exec('CREATE TABLE t (x); PRAGMA max_page_count = 2');
  let thrown: unknown;
  try {
    database.exec('INSERT INTO t VALUES (zeroblob(100000))');
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ message: 'database or disk is full' });
  expect(failureText(withFolder(thrown, '/d'))).toBe(
    'the folder /d cannot be used: the disk is full (SQLITE_FULL)',
  );
  database.close();
});

test.each([
  new Error('out of order'),
  systemError('ECONNRESET'),
  systemError('constructor'),
  Object.assign(new Error('constraint failed'), { code: 'ERR_SQLITE_ERROR', errcode: 19 }),
  'no error at all',
  undefined,
])('any other failure keeps its stack: %s', (error) => {
  expect(withFolder(error, '/d')).toBe(error);
  expect(failureText(error)).toBe(error instanceof Error ? error.stack : String(error));
  expect(failureMessage(error)).toBe('The local cloud failed; its log says how.');
});
