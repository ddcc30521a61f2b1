import { expect, test } from 'vitest';
import { holderFunction } from '../../../test/fixtures/holder-function.ts';
import type { MemoryCurve } from './profile-function.ts';
import { describeCurve, failureOf } from './report.ts';

const MIB = 1024 * 1024;
const cold: MemoryCurve = {
  name: 'cold',
  samples: [
    { ms: 0, residentBytes: 5 * MIB, anonymousBytes: MIB },
    { ms: 5, residentBytes: 70 * MIB, anonymousBytes: 20 * MIB },
  ],
  marks: [{ ms: 114.6, label: 'ready' }],
  answer: { status: 200, ms: 31.23, problem: undefined },
};
const fn = holderFunction(128);
const end = (cause: 'memory' | 'unexpected', wasReady = true) => ({ cause, reason: 'SIGKILL', wasReady });

test('a curve in words', () => {
  expect(describeCurve(cold)).toBe(
    'cold (from process start): ready 115 ms, 200 in 31.2 ms; peak 70.0 MiB, anonymous 20.0',
  );
  expect(describeCurve({ ...cold, samples: [], answer: undefined })).toMatch(/: ready 115 ms, no answer$/);
});

test('why a profile is none, in one line', () => {
  expect(failureOf(fn, { curves: [cold], end: undefined }, [])).toBeUndefined();
  expect(failureOf(fn, { curves: [], end: end('memory') }, [])).toBe(
    'holder was killed over its limit of 128 MiB',
  );
  expect(failureOf(fn, { curves: [], end: end('unexpected', false) }, ['a', 'no port\u001b'])).toBe(
    'holder ended before it was ready (SIGKILL): no port\\u{1b}',
  );
  expect(failureOf(fn, { curves: [], end: end('unexpected') }, [])).toMatch(/before it had answered/);
});

test('the problem of an answer: title, detail and fields, or what there is', () => {
  const failing = (problem: string) =>
    failureOf(fn, { curves: [{ ...cold, answer: { status: 422, ms: 1, problem } }], end: undefined }, []);
  const problem = { title: 'Invalid', detail: 'no input', errors: [{ path: 'age', message: 'is required' }] };
  expect(failing(JSON.stringify(problem))).toBe('holder answered 422: Invalid: no input: age is required');
  expect(failing('{"title":"Gone"}')).toBe('holder answered 422: Gone');
  expect(failing('not json\n')).toBe('holder answered 422: not json\\u{a}');
});
