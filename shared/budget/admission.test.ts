import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { createAdmission, type Gate } from './admission.ts';
import { createFakeClock } from './fake-clock.fixture.ts';
import type { Lease } from './lease.ts';

const CAPACITY = 100;
const MAX_OVERTAKES = 3;
const turn = () => new Promise((resolve) => setImmediate(resolve));

interface Request {
  readonly costBytes: number;
  readonly abort: AbortController;
  readonly settled: Promise<void>;
  state: 'waiting' | 'running' | 'ended';
  error?: unknown;
  lease?: Lease;
  /** How many that came later began while this one waited. */
  overtaken: number;
}

function box(maxQueued = 1_000) {
  const clock = createFakeClock();
  const control: { gate: Gate } = { gate: 'open' };
  const capacityBytes = () => CAPACITY;
  const admission = createAdmission({
    clock,
    capacityBytes,
    gate: () => control.gate,
    maxQueued,
    maxOvertakes: MAX_OVERTAKES,
  });
  const requests: Request[] = [];
  const arrive = (costBytes: number, deadlineMs = 1_000): Request => {
    const abort = new AbortController();
    const acquired = admission.acquire({ costBytes, deadlineMs, signal: abort.signal });
    const request: Request = {
      costBytes,
      abort,
      state: 'waiting',
      overtaken: 0,
      settled: acquired.then(
        (lease) => {
          Object.assign(request, { lease, state: 'running' });
          const earlier = requests.slice(0, requests.indexOf(request));
          for (const one of earlier) if (one.state === 'waiting') one.overtaken++;
        },
        (error) => void Object.assign(request, { error, state: 'ended' }),
      ),
    };
    requests.push(request);
    return request;
  };
  const end = (request: Request | undefined): void => {
    if (request?.state !== 'running') return;
    request.state = 'ended';
    request.lease?.release();
  };
  return { admission, clock, control, arrive, end, requests };
}

test('what fits begins at once, the rest in order as room is made', async () => {
  const { arrive, end, admission } = box();
  const [first, second, third] = [arrive(60), arrive(60), arrive(60)];
  await turn();
  expect([first?.state, second?.state, third?.state]).toEqual(['running', 'waiting', 'waiting']);
  end(first);
  first?.lease?.release();
  await turn();
  expect([second?.state, third?.state, admission.usedBytes]).toEqual(['running', 'waiting', 60]);
});

test('one above the capacity runs alone', async () => {
  const { arrive, end } = box();
  const small = arrive(10);
  const large = arrive(500);
  await turn();
  expect(large.state).toBe('waiting');
  end(small);
  const late = arrive(10);
  await turn();
  expect([large.state, late.state]).toEqual(['running', 'waiting']);
});

test('above the stop level one at a time, and when about to be replaced none', async () => {
  const { arrive, end, control, admission } = box();
  control.gate = 'one';
  const [first, second, third] = [arrive(10), arrive(10), arrive(10)];
  await turn();
  expect([first.state, second.state]).toEqual(['running', 'waiting']);
  end(first);
  await turn();
  expect([second.state, third.state]).toEqual(['running', 'waiting']);
  control.gate = 'closed';
  admission.advance();
  await Promise.all([third.settled, arrive(10).settled]);
  expect(third.error).toMatchObject({ code: 'overloaded' });
});

test('a full queue and a passed deadline refuse with a time to come again', async () => {
  const { arrive, clock } = box(1);
  arrive(100);
  const [waits, refused] = [arrive(10, 50), arrive(10)];
  await refused.settled;
  expect(refused.error).toMatchObject({ code: 'overloaded', retryAfterMs: 1_000 });
  clock.pass(49);
  await turn();
  expect(waits.state).toBe('waiting');
  clock.pass(1);
  await waits.settled;
  expect(waits.error).toMatchObject({ code: 'overloaded' });
});

test('one that leaves lets those begin that it held up', async () => {
  const { arrive, requests } = box();
  for (const cost of [90, 90, 5, 1, 1, 2]) arrive(cost);
  await turn();
  expect(requests.map(({ state }) => state)).toEqual([
    'running',
    'waiting',
    'running',
    'running',
    'running',
    'waiting',
  ]);
  requests[1]?.abort.abort(new Error('gone'));
  await turn();
  expect([requests[1]?.error, requests[5]?.state]).toEqual([new Error('gone'), 'running']);
});

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('arrive'), value: fc.integer({ min: 1, max: 130 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('end'), value: fc.nat(1_000) }) },
  fc.record({ kind: fc.constant('abort'), value: fc.nat(1_000) }),
  fc.record({ kind: fc.constant('pass'), value: fc.nat(400) }),
  fc.record({ kind: fc.constant('gate'), value: fc.nat(7) }),
);

test('never more than the budget, never a lost waiter, nobody overtaken too often', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (steps) => {
      const { admission, arrive, end, clock, control, requests } = box();
      const check = (): void => {
        const running = requests.filter(({ state }) => state === 'running');
        const usedBytes = running.reduce((sum, { costBytes }) => sum + costBytes, 0);
        expect([admission.usedBytes, admission.running]).toEqual([usedBytes, running.length]);
        if (running.length > 1) expect(usedBytes).toBeLessThanOrEqual(CAPACITY);
        for (const { overtaken } of requests) expect(overtaken).toBeLessThanOrEqual(MAX_OVERTAKES);
        const waiting = requests.filter(({ state }) => state === 'waiting').length;
        expect(admission.queued).toBe(waiting);
        if (control.gate !== 'closed' && running.length === 0) expect(waiting).toBe(0);
      };
      for (const { kind, value } of steps) {
        if (kind === 'arrive') arrive(value, 100 + value * 5);
        const running = requests.filter(({ state }) => state === 'running');
        if (kind === 'end') end(running[value % Math.max(1, running.length)]);
        if (kind === 'abort') requests[value % Math.max(1, requests.length)]?.abort.abort();
        if (kind === 'pass') clock.pass(value);
        if (kind === 'gate') {
          control.gate = (['one', 'closed'] as const)[value] ?? 'open';
          admission.advance();
        }
        await turn();
        check();
      }
      control.gate = 'open';
      while (requests.some(({ state }) => state === 'running')) {
        for (const request of requests) end(request);
        await turn();
        check();
      }
      await Promise.all(requests.map(({ settled }) => settled));
      expect(requests.every(({ state }) => state === 'ended')).toBe(true);
      expect([admission.usedBytes, admission.running, admission.queued]).toEqual([0, 0, 0]);
    }),
    { numRuns: 200 },
  );
});
