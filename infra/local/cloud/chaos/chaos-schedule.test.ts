import { expect, test } from 'vitest';
import { parseCloudConfig } from '../cloud-config-file.ts';
import { chaosScheduleSchema, deliveryFaultRuleSchema, requestFaultRuleSchema } from './chaos-schedule.ts';
import { createDraw } from './draw.ts';
import { drawSchedule } from './draw-schedule.ts';

const parse = (chaos: unknown) => parseCloudConfig({ chaos }).chaos;

test('a text is a seed, and a schedule is checked and completed', () => {
  expect(parseCloudConfig({}).chaos).toBeUndefined();
  expect(parse('7')).toEqual({ seed: '7' });
  expect(
    parse({
      seed: '7',
      deliveries: [{ kind: 'reorder', share: 0.5, queues: ['shard'] }],
      requests: [{ kind: 'cut-upload', nth: [1, 3], objects: 'data/**', afterBytes: 100 }],
    }),
  ).toEqual({
    seed: '7',
    deliveries: [{ kind: 'reorder', share: 0.5, queues: ['shard'], maxLater: 3 }],
    requests: [{ kind: 'cut-upload', nth: [1, 3], objects: 'data/**', afterBytes: 100, most: 20 }],
  });
});

test.each([
  ['', /chaos\.seed/],
  [7, /chaos/],
  [null, /chaos/],
  [[], /chaos/],
  [{}, /chaos\.seed/],
  [{ seed: 'x'.repeat(201) }, /chaos\.seed/],
  [{ seed: '7', faults: [] }, /faults/],
  [{ seed: '7', requests: [{ kind: 'flood', share: 1 }] }, /chaos\.requests\[0\]\.kind/],
  [{ seed: '7', requests: [{ kind: 'cut' }] }, /either a share or nth/],
  [{ seed: '7', requests: [{ kind: 'cut', share: 0.1, nth: [1] }] }, /either a share or nth/],
  [{ seed: '7', requests: [{ kind: 'cut', share: 1.1 }] }, /chaos\.requests\[0\]\.share/],
  [{ seed: '7', requests: [{ kind: 'cut', nth: [0] }] }, /chaos\.requests\[0\]\.nth\[0\]/],
  [{ seed: '7', requests: [{ kind: 'refuse', share: 1, status: 412 }] }, /chaos\.requests\[0\]\.status/],
  [{ seed: '7', requests: [{ kind: 'cut', share: 1, on: ['rename'] }] }, /chaos\.requests\[0\]\.on\[0\]/],
  [{ seed: '7', requests: [{ kind: 'kill-caller', share: 1 }] }, /kill-caller needs a program/],
  [{ seed: '7', requests: Array(101).fill({ kind: 'cut', share: 0.001 }) }, /chaos\.requests/],
  [{ seed: '7', deliveries: [{ kind: 'delay', share: 1 }] }, /chaos\.deliveries\[0\]\.maxMs/],
  [
    { seed: '7', deliveries: [{ kind: 'duplicate', share: 1, copies: 11 }] },
    /chaos\.deliveries\[0\]\.copies/,
  ],
])('%j is refused, and the field is named', (chaos, message) => {
  expect(() => parse(chaos)).toThrow(message);
});

test('a seed draws a valid schedule with every kind, its shares near to what is meant', () => {
  const schedules = Array.from({ length: 50 }, (_, seed) => drawSchedule(`${seed}`, createDraw(`${seed}`)));
  for (const schedule of schedules) {
    expect(chaosScheduleSchema.parse(schedule)).toEqual(schedule);
    expect(kindsOf(schedule.deliveries)).toEqual(kindsOf(deliveryFaultRuleSchema.options));
    expect(kindsOf(schedule.requests)).toEqual(kindsOf(requestFaultRuleSchema.options));
    const delay = schedule.deliveries.find(({ kind }) => kind === 'delay');
    expect(delay?.share).toBeGreaterThan(0.11);
    expect(delay?.share).toBeLessThan(0.19);
  }
  expect(new Set(schedules.map(({ requests }) => JSON.stringify(requests))).size).toBe(50);
});

type HasKind = { readonly kind: string } | { readonly shape: { readonly kind: { readonly value: string } } };

function kindsOf(rules: readonly HasKind[]): string[] {
  const kinds = rules.map((rule) => ('kind' in rule ? rule.kind : rule.shape.kind.value));
  return [...new Set(kinds)].sort();
}
