import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runConformance } from './conformance.ts';

/** A folder shaped as the client's, in which `script` stands in for mocha. */
async function makeClient(script: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-client-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await mkdir(join(dir, 'build/cjs/conformance-test/scenarios'), { recursive: true });
  await mkdir(join(dir, 'node_modules/mocha/bin'), { recursive: true });
  await writeFile(join(dir, 'node_modules/mocha/bin/_mocha'), script);
  return dir;
}

/** Asks the server that it was told for a bucket's list, and reports that as its one failure. */
const ASKING = `
const { writeFileSync } = require('node:fs');
const output = process.argv.find((word) => word.startsWith('output=')).slice('output='.length);
fetch(process.env.STORAGE_EMULATOR_HOST + 'retry_tests').then(({ status }) => {
  const err = { message: 'answered ' + status + ' ' + process.argv.at(-1) };
  // The second is of a hook before its test, which mocha counts among the failures and not among the tests.
  const failures = [{ fullTitle: 'one', err }, { fullTitle: '"before each" hook for "two"', err: {} }];
  const stats = { suites: 1, tests: 9, passes: 7, pending: 1, failures: failures.length };
  writeFileSync(output, JSON.stringify({ stats, failures }));
  process.exit(failures.length);
});`;

test('the report of the scenarios is counted, with those whose preparation failed, and their server is a local cloud', async () => {
  const client = await makeClient(ASKING);
  expect(await runConformance(client, 'a pattern')).toEqual({
    passed: 7,
    total: 10,
    failures: [
      { title: 'one', reason: 'answered 200 a pattern' },
      { title: '"before each" hook for "two"', reason: '' },
    ],
  });
});

test('a run without a report is no run', async () => {
  await expect(runConformance(await makeClient('process.exit(1)'))).rejects.toThrow('broke off');
});

test('a folder that is no compiled copy is told with what to fetch', async () => {
  await expect(runConformance(tmpdir())).rejects.toThrow('npm run compile');
});
