/**
 * The whole pipeline under drawn faults: whatever happens, the outputs are those of the undisturbed run.
 * PILLBOX_FAULT_SEED=123 runs one schedule, PILLBOX_FAULT_SCHEDULES=500 more than the 50 that are the default.
 */

import { env } from 'node:process';
import { expect, test } from 'vitest';
import { drawSchedule, FAULT_KINDS, type Fault, placesOf } from './schedules/fault-schedule.ts';
import { counterFanIn, markerBeforeParts, noPrecondition } from './schedules/mutations.ts';
import {
  createScheduleRunner,
  describeResult,
  runSchedules,
  type ScheduleResult,
} from './schedules/run-schedules.ts';
import { runScheduled } from './schedules/scheduled-job.ts';

const SCHEDULES = 50;
const TIME_LIMIT_MS = 30 * 60_000;

const only = env['PILLBOX_FAULT_SEED'];
const count = Number(env['PILLBOX_FAULT_SCHEDULES'] ?? SCHEDULES);
const seeds = only === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(only)];

test(
  'outputs are identical, nothing waits, nothing is left and counts add up',
  async () => {
    const runner = await createScheduleRunner();
    const results: ScheduleResult[] = [];
    for (const seed of seeds) results.push(await runner.run(seed));
    const bad = results.filter(({ problem }) => problem !== undefined);
    expect(bad.map(describeResult).join('\n\n')).toBe('');
    if (seeds.length < SCHEDULES) return;

    // Every kind of fault was met at every step.
    for (const { kind, profile } of runner.undisturbed) {
      const ofJob = results.filter((result) => result.kind === kind);
      const met = new Set(
        ofJob.flatMap((result) => result.met.map((place) => `${place.kind} ${place.step}`)),
      );
      const missed = placesOf(profile).filter((place) => !met.has(`${place.kind} ${place.step}`));
      expect(missed).toEqual([]);
    }
  },
  TIME_LIMIT_MS,
);

test.each(['shard/shards', 'shard/extras'])(
  '%s: a worker that comes back when all is done, and then dies, leaves nothing for long',
  async (step) => {
    const create = { step, operation: 'create' } as const;
    const late: Fault = { at: { ...create, nth: 1 }, kind: 'deadline-passed', amount: Infinity, done: false };
    const creates =
      (await runScheduled('manifest', { faults: [late] })).profile.get(step)?.get('create') ?? 0;
    const dead: Fault = { at: { ...create, nth: creates }, kind: 'kill-at-step', amount: 0, done: true };
    const { outcome, met } = await runScheduled('manifest', { faults: [late, dead] });
    expect(met).toHaveLength(2);
    expect(outcome.left).toEqual([]);
  },
);

test('a schedule follows from its number alone, and is data', async () => {
  const { undisturbed } = await createScheduleRunner();
  for (const { profile } of undisturbed) {
    const schedule = drawSchedule(123, profile);
    expect(drawSchedule(123, profile)).toEqual(schedule);
    expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule);
    expect(drawSchedule(124, profile)).not.toEqual(schedule);
    expect(new Set(placesOf(profile).map(({ kind }) => kind))).toEqual(new Set(FAULT_KINDS));
  }
});

test('the figure counts what is identical', async () => {
  expect(await runSchedules(2)).toEqual({ schedules: 2, identical: 2 });
});

test.each([
  ['markers are written before their parts', markerBeforeParts],
  ['objects are created without precondition', noPrecondition],
  ['a counter takes the place of the tree', counterFanIn],
])('the proof fails when %s', async (_, mutate) => {
  const [sound, broken] = [await createScheduleRunner(), await createScheduleRunner(mutate)];
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const { problem } = await broken.run(seed);
    if (problem === undefined) continue;
    expect((await sound.run(seed)).problem).toBeUndefined();
    return;
  }
  expect.unreachable('no schedule found it out');
});
