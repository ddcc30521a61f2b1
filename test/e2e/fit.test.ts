/** `pillbox fit` finds the limit of a function whose memory is known, and how many requests at once it takes there. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCgroupParent } from '../../infra/cli/fit/cgroup-parent.ts';
import { runTrials } from '../../infra/cli/fit/run-fit.ts';
import { createServiceTrials } from '../../infra/cli/fit/try-service.ts';
import { withStepTrials } from '../../infra/cli/fit/try-step.ts';
import { profileFunction } from '../../infra/cli/profile/profile-function.ts';
import { runPillbox } from '../../infra/cli/run-pillbox.fixture.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { HELD_MIB, holderFunction } from '../fixtures/holder-function.ts';

const TO_MIB = 224;
const WITHIN_MIB = 16;
const ROOT = join(import.meta.dirname, '..', '..');
const fn = holderFunction(TO_MIB);
const onLinux = test.skipIf(process.platform !== 'linux');

/** Anonymous memory of the process when its requests hold nothing. */
async function heldWithoutRequests(): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'POST', path: '/hold', headers, body: '{"mib":0}' };
  const { curves } = await profileFunction({ fn, environment: {}, request, warm: 4, onLine: () => {} });
  const held = curves.flatMap((curve) => curve.samples.map((sample) => sample.anonymousBytes ?? 0));
  return Math.max(...held) / 2 ** 20;
}

function trials(cgroupParent: string | undefined) {
  return createServiceTrials({ fn, environment: {}, cgroupParent, load: { leastMs: 100, rounds: 4 } });
}

onLinux(
  'by the watch: the smallest limit is what the function holds, and two at once do not fit',
  async () => {
    const tryAt = trials(undefined);
    const nodeMiB = await heldWithoutRequests();
    // The second request holds as much again, so that what is measured is what the requests hold.
    const one = await tryAt(TO_MIB, 1);
    const two = await tryAt(TO_MIB, 2);
    expect([one.outcome, two.outcome]).toEqual(['holds', 'holds']);
    expect(two.peakMiB - one.peakMiB).toBeGreaterThan(HELD_MIB - WITHIN_MIB);

    const rows: string[] = [];
    const result = await runTrials(fn, tryAt, { from: 64, to: TO_MIB, clients: 4 }, (row) => rows.push(row));
    const limitMiB = result?.alone.limitMiB ?? Number.NaN;
    expect(Math.abs(limitMiB - (nodeMiB + HELD_MIB))).toBeLessThanOrEqual(WITHIN_MIB);
    expect(result?.together.clients).toBe(1);
    expect(rows.filter((row) => row.includes('killed')).length).toBeGreaterThan(0);
    expect(rows.filter((row) => row.includes('holds')).length).toBeGreaterThan(2);
  },
);

const parent = findCgroupParent();
const why = parent === undefined ? ' (skipped: no memory cgroup can be made here)' : '';

test.skipIf(parent === undefined)(`by a memory cgroup: held above, killed below${why}`, async () => {
  const tryAt = trials(parent);
  expect(await tryAt(TO_MIB, 1)).toMatchObject({ outcome: 'holds', mostInWork: 1 });
  // Less than the request itself holds.
  expect(await tryAt(HELD_MIB - 4, 1)).toMatchObject({ outcome: 'killed' });
});

test('a pipeline step is tried by a small job: held where it fits, and told where it does not', async () => {
  const fn = (await loadFunctions(ROOT)).find((one) => one.name === 'plan');
  if (fn === undefined) throw new Error('there is no step of that name');
  await withStepTrials({ fn, cgroupParent: undefined, patients: 1 }, async (tryAt) => {
    const held = await tryAt(fn.config.memoryMiB, 1);
    expect(held).toMatchObject({ outcome: 'holds', clients: 1, mostInWork: 1 });
    expect(held.requests).toBeGreaterThan(0);
    expect(held.busyMs).toBeGreaterThan(0);
    expect(held.peakMiB).toBeLessThan(fn.config.memoryMiB);
    const tooSmall = await tryAt(24, 1);
    expect(tooSmall.outcome).not.toBe('holds');
    // By the watch, or by V8, whose heap follows the limit: whoever comes first.
    expect(tooSmall.reason).toMatch(/^plan: (killed at \d+ MiB, limit 24 MiB|its process ended by itself)/);
  });
});

test('wrong usage in one line', async () => {
  const range = await runPillbox(['fit', 'diabetes', '--from', '300']);
  expect(range).toMatchObject({ code: 2, stdout: '' });
  expect(range.stderr).toBe('pillbox: --from 300 is larger than --to 256\n');
  const unknown = await runPillbox(['fit', 'nothing']);
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toContain('there is no such function; there are:');
});
