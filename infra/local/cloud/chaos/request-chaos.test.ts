import { expect, test } from 'vitest';
import { requestFaultRuleSchema } from './chaos-schedule.ts';
import type { DisturbedCall } from './disturbed-call.ts';
import { createDraw } from './draw.ts';
import { CALM_REPEAT, createRequestChaos } from './request-chaos.ts';

const REQUESTS = 4_000;

function call(name: string, change: Partial<DisturbedCall> = {}): DisturbedCall {
  const operation = change.operation ?? 'create';
  const identity = `${operation} ${name}`;
  return { operation, name, scope: 'jobs/j', identity, isConditional: true, ...change };
}

function open(rules: readonly object[], { seed = '7', canKill = false } = {}) {
  const schedule = rules.map((rule) => requestFaultRuleSchema.parse(rule));
  const chaos = createRequestChaos(schedule, createDraw(seed), canKill);
  return (of: DisturbedCall) => chaos.next(of)?.rule.kind;
}

test('the same request meets the same fault, in whatever order requests come', () => {
  const rules = [{ kind: 'cut', share: 0.1, most: 1000 }];
  const calls = Array.from({ length: 500 }, (_, i) => call(`jobs/j/work/${i}`));
  const [one, other, another] = [open(rules), open(rules), open(rules, { seed: '8' })];
  const met = new Map(calls.map((of) => [of.identity, one(of)]));
  const backwards = new Map(calls.toReversed().map((of) => [of.identity, other(of)]));
  for (const { identity } of calls) expect(backwards.get(identity)).toBe(met.get(identity));
  expect([...met.values()].filter((kind) => kind === 'cut').length).toBeGreaterThan(20);
  expect(calls.map(another)).not.toEqual(calls.map((of) => met.get(of.identity)));
});

test('each kind comes as often as its share says', () => {
  const next = open([
    { kind: 'refuse', status: 500, share: 0.2, most: 1000 },
    { kind: 'lose-answer', share: 0.1, most: 1000 },
  ]);
  const kinds = Array.from({ length: REQUESTS }, (_, i) => next(call(`jobs/j/${i}`)));
  const shareOf = (kind: string) => kinds.filter((one) => one === kind).length / REQUESTS;
  expect(shareOf('refuse')).toBeCloseTo(0.2, 1);
  expect(shareOf('lose-answer')).toBeCloseTo(0.1, 1);
});

test('a request that comes again and again is served at the third time at the latest', () => {
  const next = open([
    { kind: 'cut', share: 0.5, most: 1000 },
    { kind: 'full-disk', share: 0.5, most: 1000, requests: 100 },
  ]);
  for (let i = 0; i < 50; i += 1) {
    const kinds = Array.from({ length: 10 }, () => next(call(`jobs/j/${i}`)));
    expect(kinds.filter((kind) => kind !== undefined)).toHaveLength(CALM_REPEAT);
    expect(kinds.slice(CALM_REPEAT).every((kind) => kind === undefined)).toBe(true);
  }
});

test('a request that has met enough fills no disk', () => {
  const next = open([{ kind: 'full-disk', nth: [1, 2, 3], requests: 1 }]);
  const calls = [1, 1, 1, 2].map((i) => next(call(`jobs/j/${i}`)));
  expect(calls).toEqual(['full-disk', 'full-disk', undefined, undefined]);
  const twoWide = open([{ kind: 'full-disk', nth: [1, 3, 4], requests: 2 }]);
  const of = [1, 1, 1, 1, 2, 2].map((i) => twoWide(call(`jobs/j/${i}`)));
  expect(of).toEqual(['full-disk', 'full-disk', undefined, undefined, undefined, undefined]);
});

test('a fault meets a job, and a queue, only so often', () => {
  const next = open([{ kind: 'cut', share: 1, most: 3 }]);
  const count = (scope: string) =>
    Array.from({ length: 20 }, (_, i) =>
      next(call(`jobs/${i}`, { scope, identity: `${scope}/${i}` })),
    ).filter((kind) => kind !== undefined).length;
  expect([count('jobs/a'), count('jobs/b'), count('jobs/a')]).toEqual([3, 3, 0]);
});

test('nth counts the calls that a rule may meet', () => {
  const next = open([{ kind: 'cut-download', nth: [2, 3] }]);
  const kinds = Array.from({ length: 4 }, (_, i) => [
    next(call(`jobs/j/${i}`)),
    next(call(`jobs/j/${i}`, { operation: 'read' })),
  ]);
  expect(kinds).toEqual([
    [undefined, undefined],
    [undefined, 'cut-download'],
    [undefined, 'cut-download'],
    [undefined, undefined],
  ]);
});

test('a disk is full for writes alone, and for so many of them', () => {
  const next = open([{ kind: 'full-disk', nth: [2], requests: 3 }]);
  const write = (i: number, operation: DisturbedCall['operation']) =>
    next(call(`jobs/j/${i}`, { operation, identity: `${operation}/${i}` }));
  expect(write(1, 'create')).toBeUndefined();
  expect(write(2, 'compose')).toBe('full-disk');
  expect(write(2, 'read')).toBeUndefined();
  expect(write(3, 'enqueue')).toBe('full-disk');
  expect(write(3, 'delete')).toBeUndefined();
  expect(next(call('data/a'))).toBeUndefined();
  expect(next(call('jobs/j/job.json'))).toBeUndefined();
  expect(write(4, 'create')).toBe('full-disk');
  expect(write(5, 'create')).toBeUndefined();
});

test('a kind meets only what it is for, and a rule only what it names', () => {
  const kinds = (rule: object, calls: readonly DisturbedCall[], canKill = false) => {
    const next = open([{ share: 1, ...rule }], { canKill });
    return calls.map((of) => next(of) !== undefined);
  };
  const name = 'jobs/j/work/a';
  const [create, read] = [call(name), call(name, { operation: 'read' })];
  const enqueue = call('', { operation: 'enqueue', identity: 'e' });
  const unconditional = call(name, { isConditional: false, identity: 'u' });
  const [others, jobFile] = [call('data/a'), call('jobs/j/job.json')];
  expect(kinds({ kind: 'cut' }, [create, read, enqueue, others, jobFile])).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(kinds({ kind: 'done-but-412' }, [create, read, enqueue, unconditional])).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(kinds({ kind: 'cut-upload' }, [create, read, enqueue])).toEqual([true, false, false]);
  expect(kinds({ kind: 'cut', on: ['read'] }, [create, read, enqueue])).toEqual([false, true, false]);
  expect(kinds({ kind: 'cut', objects: 'data/*' }, [create, others, enqueue])).toEqual([false, true, false]);
  expect(kinds({ kind: 'kill-caller' }, [create])).toEqual([false]);
  expect(kinds({ kind: 'kill-caller' }, [create], true)).toEqual([true]);
});

test('of very many requests the oldest are forgotten', () => {
  const next = open([{ kind: 'cut', share: 1, most: 1000 }]);
  const first = call('jobs/j/first');
  expect([next(first), next(first), next(first)]).toEqual(['cut', 'cut', undefined]);
  for (let i = 0; i < 20_000; i += 1) next(call(`jobs/j/${i}`, { scope: 'jobs/k' }));
  expect(next(first)).toBe('cut');
});
