import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createBudget } from './budget.ts';
import { budgetMetrics } from './budget-metrics.ts';
import type { BudgetOptions } from './budget-options.ts';
import { createFakeClock } from './fake-clock.fixture.ts';
import { renderMetrics } from './prometheus-text.ts';

const MIB = 1024 * 1024;
const turn = () => new Promise((resolve) => setImmediate(resolve));

function box(options: Partial<BudgetOptions> = {}) {
  const memory = { heldMiB: 100, peakMiB: 100 };
  const clock = createFakeClock();
  const events: string[] = [];
  const usage = { peakBytes: 0, anonymousBytes: undefined, fileBytes: 0, heapUsedBytes: 0, externalBytes: 0 };
  const gauge = {
    heldBytes: () => memory.heldMiB * MIB,
    residentBytes: () => memory.heldMiB * MIB,
    peakBytes: () => Math.max(memory.peakMiB, memory.heldMiB) * MIB,
    read: () => ({ ...usage, residentBytes: memory.heldMiB * MIB, cgroup: undefined }),
    close: () => {},
  };
  const budget = createBudget({
    limit: { limitBytes: 1000 * MIB, source: 'MEMORY_LIMIT_MIB' },
    gauge,
    clock,
    onTransition: ({ from, to }) => events.push(`${from} → ${to}`),
    onDrain: (reason) => events.push(`drain: ${reason}`),
    ...options,
  });
  const admit = (costMiB: number, route = '/a') => budget.admit({ route, costBytes: costMiB * MIB });
  return { budget, memory, clock, events, admit };
}

test('what the box can never hold is refused at once, with the two numbers', async () => {
  const { admit } = box();
  await expect(admit(701)).rejects.toMatchObject({
    status: 413,
    code: 'request-too-large-for-box',
    message: expect.stringMatching(`${701 * MIB} bytes.*${700 * MIB} bytes`),
  });
  (await admit(700)).release();
});

test('the cost is corrected by what requests take that run alone', async () => {
  const { admit, memory, clock } = box();
  for (let request = 0; request < 2; request++) {
    using _lease = await admit(10);
    memory.heldMiB = 140;
    clock.pass(50);
    memory.heldMiB = 100;
  }
  expect((await admit(10)).costBytes).toBe(50 * MIB);
});

test('a peak that no sample met is read off the high-water mark', async () => {
  const { admit, memory } = box();
  for (const peakMiB of [120, 120.5, 121]) {
    const lease = await admit(10);
    memory.peakMiB = peakMiB;
    lease.release();
  }
  expect((await admit(10)).costBytes).toBeCloseTo(20.5 * 1.25 * MIB, -1);
});

test('requests that ran side by side teach nothing', async () => {
  const { admit, memory } = box();
  for (let round = 0; round < 3; round++) {
    const leases = [await admit(10), await admit(10)];
    memory.heldMiB = 300;
    for (const lease of leases) lease.release();
    memory.heldMiB = 100;
  }
  expect((await admit(10)).costBytes).toBe(10 * MIB);
});

test('under pressure the hooks run, again while it lasts, and transitions are told once', async () => {
  const { budget, memory, clock, events } = box();
  let released = 0;
  budget.register({ name: 'cache', level: 'shed', release: () => ++released });
  memory.heldMiB = 510;
  for (let second = 0; second < 3; second++) {
    clock.pass(1_000);
    await turn();
  }
  expect(released).toBe(3);
  memory.heldMiB = 100;
  clock.pass(5_000);
  expect([released, events]).toEqual([3, ['normal → shed', 'shed → normal']]);
});

test('above the stop level one runs at a time, and when it is left the rest begin', async () => {
  const { admit, memory, clock } = box();
  memory.heldMiB = 820;
  await admit(1);
  const begun: number[] = [];
  const waiting = [1, 2].map((number) => admit(1).then(() => begun.push(number)));
  clock.pass(500);
  await turn();
  expect(begun).toEqual([]);
  memory.heldMiB = 700;
  clock.pass(50);
  await Promise.all(waiting);
  expect(begun).toEqual([1, 2]);
});

test('at the last level the process is told once to end, and refuses', async () => {
  const { budget, admit, memory, clock, events } = box();
  memory.heldMiB = 960;
  clock.pass(500);
  await expect(admit(1)).rejects.toMatchObject({ code: 'overloaded' });
  expect([budget.drainReason, events]).toEqual(['pressure', ['normal → drain', 'drain: pressure']]);
});

test('after so many requests it is told to end, but still finishes what comes', async () => {
  const { budget, admit, events } = box({ recycle: { afterRequests: 3 } });
  for (let request = 0; request < 5; request++) (await admit(1)).release();
  expect([budget.drainReason, events]).toEqual(['requests', ['drain: requests']]);
});

test('a listener that throws keeps no bytes', async () => {
  const { budget, admit } = box({
    recycle: { afterRequests: 1 },
    onDrain() {
      throw new Error('broken');
    },
  });
  const lease = await admit(10);
  expect(() => lease.release()).toThrow('broken');
  expect(budget.snapshot()).toMatchObject({ running: 0, leasedBytes: 0 });
});

test('the metrics tell all of it', async () => {
  const { budget, admit } = box();
  const lease = await admit(10);
  lease.release();
  lease.release();
  await admit(20);
  await admit(900).catch(() => {});
  const text = renderMetrics(budgetMetrics(budget.snapshot()));
  for (const line of [
    `pillbox_memory_limit_bytes{source="MEMORY_LIMIT_MIB"} ${1000 * MIB}`,
    'pillbox_requests_admitted_total 2',
    'pillbox_requests_refused_total{status="413"} 1',
    'pillbox_requests_running 1',
    `pillbox_leased_bytes ${20 * MIB}`,
    `pillbox_route_cost_bytes{route="/a"} ${20 * MIB}`,
    'pillbox_route_requests_recent{route="/a",outcome="admitted"} 2',
    'pillbox_route_requests_recent{route="/a",outcome="too-large"} 1',
    'pillbox_route_requests_recent_dropped_total 0',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).not.toContain('memory_anonymous_bytes');
});

test('who is refused now is told by route, and forgotten after a minute', async () => {
  const { budget, clock, admit } = box();
  await admit(600, '/a');
  const late = admit(500, '/b');
  clock.pass(2_000);
  await expect(late).rejects.toMatchObject({ code: 'overloaded' });
  clock.pass(30_000);
  await admit(1, '/b');
  expect(budget.snapshot().recent).toEqual([
    { route: '/a', outcome: 'admitted', requests: 1 },
    { route: '/b', outcome: 'overloaded', requests: 1 },
    { route: '/b', outcome: 'admitted', requests: 1 },
  ]);
  clock.pass(32_000);
  expect(budget.snapshot().recent).toEqual([{ route: '/b', outcome: 'admitted', requests: 1 }]);
});

test('however many routes there are, so many outcomes are counted and the others are told of', async () => {
  const { budget, admit } = box();
  for (let route = 0; route < 300; route++) (await admit(1, `/${route}`)).release();
  const { recent, recentDropped } = budget.snapshot();
  expect([recent.length, recentDropped]).toEqual([256, 44]);
});

test('whatever the memory does, every request settles and the leases stay within the capacity', async () => {
  const step = fc.record({
    heldMiB: fc.integer({ min: 50, max: 1000 }),
    costMiB: fc.integer({ min: 1, max: 900 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const { budget, memory, clock, admit } = box();
      const leases: Disposable[] = [];
      const settled: Promise<unknown>[] = [];
      for (const { heldMiB, costMiB } of steps) {
        memory.heldMiB = heldMiB;
        settled.push(
          admit(costMiB).then(
            (lease) => leases.push(lease),
            () => {},
          ),
        );
        await turn();
        const { running, leasedBytes } = budget.snapshot();
        if (running > 1) expect(leasedBytes).toBeLessThanOrEqual(750 * MIB);
        if (heldMiB % 3 === 0) leases.shift()?.[Symbol.dispose]();
      }
      clock.pass(2_000);
      await Promise.all(settled);
      for (const lease of leases) lease[Symbol.dispose]();
      expect(budget.snapshot()).toMatchObject({ running: 0, queued: 0, leasedBytes: 0 });
    }),
  );
});
