/** The tables of differences in the README of the local cloud are those of the lists. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KNOWN_DIFFERENCES, type KnownDifference } from './known-differences.ts';

const README = join(import.meta.dirname, '../../infra/local/cloud/README.md');

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
