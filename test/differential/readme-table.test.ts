/** The tables in the README of the local cloud: the differences are those of the lists, and every other cell says what backs it. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KNOWN_DIFFERENCES, type KnownDifference } from './known-differences.ts';

const ROOT = join(import.meta.dirname, '../..');
const README = join(ROOT, 'infra/local/cloud/README.md');

/** Where the tests are that the tables name, without their folders. */
const TEST_FOLDERS = {
  storage: ['infra/local/cloud/storage', 'test/contracts', 'test/repo'],
  tasks: ['infra/local/cloud/tasks', 'test/contracts'],
};

/** In the order of the list, a row for each. */
function tableOf(differences: readonly KnownDifference[]): string {
  const rows = differences.map(({ name, ours, theirs, right, source, section }) =>
    [name, ours, theirs, right, `[${section}](${source})`].join(' | '),
  );
  return ['case | ours | theirs | right | by', '---|---|---|---|---', ...rows]
    .map((row) => (row.startsWith('---') ? `|${row}|` : `| ${row} |`))
    .join('\n');
}

test.each(Object.entries(KNOWN_DIFFERENCES))('differences of %s', async (_server, differences) => {
  const readme = await readFile(README, 'utf8');
  const table = tableOf(differences);
  // To be pasted where this fails.
  expect(readme.includes(`\n${table}\n`), table).toBe(true);
});

test('every difference is told from all others, and says where it is documented', () => {
  for (const differences of Object.values(KNOWN_DIFFERENCES)) {
    const cases = differences.map(({ contract, name }) => `${contract}: ${name}`);
    expect(new Set(cases).size).toBe(cases.length);
    for (const { source } of differences) expect(source).toMatch(/^https:\/\//);
  }
});

/** Rows without the title, cells without the row's own name. */
function rowsOf(readme: string, title: string): { name: string; ours: string; others: string[] }[] {
  const [, table = ''] = readme.split(`\n| ${title} | ours (test) |`);
  const [text = ''] = table.split('\n\n', 1);
  return text
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', ours = '', ...others]) => ({ name, ours, others: others.slice(0, -1) }));
}

/** What is wrong with a cell of ours: undefined where each test that it names is there, or it says no. */
function lackOf(ours: string, folders: readonly string[]): string | undefined {
  if (ours === 'no') return undefined;
  const named = [...ours.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
  if (named.length === 0) return `names no test: ${ours}`;
  const isThere = (file: string) =>
    /\.(?:test|contract)\.ts$/.test(file) && folders.some((folder) => existsSync(join(ROOT, folder, file)));
  return named.every(isThere) ? undefined : `names what is no test: ${ours}`;
}

/** Seen, held by a contract, of a named source, or told to be neither. */
const isBacked = (cell: string) => / [PD?]$|`|\]\(https:|^as above$/.test(cell);

test.each(['storage', 'tasks'] as const)('each cell of the table of %s says what backs it', async (title) => {
  const rows = rowsOf(await readFile(README, 'utf8'), title);
  expect(rows.length).toBeGreaterThan(10);
  for (const { name, ours, others } of rows) {
    expect(lackOf(ours, TEST_FOLDERS[title]), name).toBeUndefined();
    expect(others, name).toHaveLength(3);
    expect(
      others.filter((cell) => !isBacked(cell)),
      name,
    ).toEqual([]);
  }
});

test.each([
  'yes',
  'yes (`none.test.ts`)',
  'yes (`storage.ts`)',
  'yes (`storage.test.ts`, `none.test.ts`)',
  '',
])('a cell of ours that says %j is found', (ours) => {
  expect(lackOf(ours, TEST_FOLDERS.storage)).toBeDefined();
});
