/** `pillbox profile`: the curve shows what a request holds, a death over the limit, and errors by name. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { profileFunction } from '../../infra/cli/profile/profile-function.ts';
import { peakOf } from '../../infra/cli/profile/svg-chart.ts';
import { runPillbox } from '../../infra/cli/run-pillbox.fixture.ts';
import { HELD_MIB, holderFunction } from '../fixtures/holder-function.ts';

const MIB = 1024 * 1024;
/** What Node itself takes for a first request beside what the request holds. */
const NODE_MIB = 24;

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-profile-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function profileHolder(mib: number, memoryMiB = 256) {
  return profileFunction({
    fn: holderFunction(memoryMiB),
    environment: {},
    request: {
      method: 'POST',
      path: '/hold',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mib }),
    },
    warm: 2,
    onLine: () => {},
  });
}

test.skipIf(process.platform !== 'linux')('the cold curve rises by what the request holds', async () => {
  const { curves, end } = await profileHolder(HELD_MIB);
  expect(end).toBeUndefined();
  expect(curves.map(({ name, answer }) => [name, answer?.status])).toEqual([
    ['cold', 200],
    ['warm', 200],
  ]);
  const [cold, warm] = curves;
  expect(cold?.marks.map((mark) => mark.label)).toEqual(['ready', 'request', 'answer']);
  const readyMs = cold?.marks[0]?.ms ?? Number.NaN;
  const before = cold?.samples.findLast((sample) => sample.ms <= readyMs);
  const grownMiB = peakOf(cold?.samples ?? []) - (before?.residentBytes ?? 0) / MIB;
  expect(grownMiB).toBeGreaterThan(HELD_MIB - 1);
  expect(grownMiB).toBeLessThan(HELD_MIB + NODE_MIB);
  expect(cold?.samples[0]?.residentBytes).toBeLessThan(before?.residentBytes ?? 0);
  // A request that is held for 200 ms is seen several times.
  expect(warm?.samples.length).toBeGreaterThan(8);
  expect(warm?.samples.every((sample) => (sample.anonymousBytes ?? 0) > HELD_MIB * MIB)).toBe(true);
});

test('a process that goes over its limit is told as killed, with the curve up to there', async () => {
  const { curves, end } = await profileHolder(400, 128);
  expect(end?.cause).toBe('memory');
  expect(curves).toHaveLength(1);
  expect(curves[0]?.answer).toBeUndefined();
  expect(curves[0]?.samples.length).toBeGreaterThan(5);
});

test('a request that is answered with an error ends there, with its problem', async () => {
  const { curves } = await profileHolder(-1);
  expect(curves).toHaveLength(1);
  expect(curves[0]?.answer).toMatchObject({ status: 422 });
  expect(curves[0]?.answer?.problem).toContain('must be 0 to 1024');
});

test('the command draws both curves of an example of the API and writes the picture', async () => {
  const svg = join(dir, 'deep', 'curve.svg');
  const args = ['profile', 'diabetes', '--data', dir, '--svg', svg, '--', 'POST', '/tabular', '--example'];
  const { code, stdout, stderr } = await runPillbox(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^diabetes: POST \/tabular, limit 256 MiB, a reading every \d+ ms\n/);
  expect(stdout).toMatch(/cold \(from process start\): ready \d+ ms, 200 in [\d.]+ ms; peak [\d.]+ MiB/);
  expect(stdout).toMatch(/warm \(from the request\): 200 in/);
  expect(stdout).toContain('   256 +----');
  expect(await readFile(svg, 'utf8')).toMatch(/^<svg [^>]*>[\s\S]*limit 256 MiB[\s\S]*<\/svg>\n$/);
});

test('errors by name: no such function, file, or example; an answer that is an error', async () => {
  const body = join(dir, 'body.json');
  await writeFile(body, '{"glucose": 7}');
  const cases: [string[], number, RegExp][] = [
    [['nothing', '--', 'GET', '/'], 3, /there is no such function; there are: .*diabetes/],
    [['diabetes', '--', 'POST', '/tabular', '@none.json'], 3, /there is no file none\.json/],
    [['diabetes', '--', 'POST', '/other', '--example'], 3, /it has: POST \/tabular/],
    [['shard', '--', 'POST', '/x', '{}'], 3, /no Pillbox is running here/],
    [['diabetes', '--', 'POST', '/tabular', `@${body}`], 1, /answered 422: Invalid input: .*age is required/],
  ];
  for (const [args, code, message] of cases) {
    const [name = '', ...rest] = args;
    const ended = await runPillbox(['profile', name, '--data', dir, ...rest]);
    expect(ended.stderr).toMatch(/^pillbox: .*\n$/);
    expect(ended.stderr).toMatch(message);
    expect(ended.code).toBe(code);
  }
});
