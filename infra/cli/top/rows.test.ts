import { expect, test } from 'vitest';
import type { BoxReading } from './read-boxes.ts';
import { rowsOf } from './rows.ts';

type Instance = BoxReading['instances'][number];

function box(changes: Partial<BoxReading> = {}): BoxReading {
  return {
    function: 'heart',
    limitMiB: 256,
    peakMiB: 120,
    enforcedBy: 'watch',
    requests: 0,
    waiting: 0,
    restarts: 0,
    kills: 0,
    recycles: 0,
    busyMs: 0,
    instances: [],
    ...changes,
  };
}

function instance(changes: Partial<Instance> = {}): Instance {
  return {
    pid: 1,
    state: 'ready',
    residentMiB: 80,
    peakMiB: 90,
    requestsInWork: 0,
    uptimeSeconds: 5,
    ...changes,
  };
}

function rowOf(now: BoxReading, before = box()) {
  return rowsOf({ atMs: 1_000, boxes: [before] }, { atMs: 3_000, boxes: [now] })[0];
}

test('rates are over the time between two readings; what appears in between starts at 0', () => {
  expect(rowOf(box({ requests: 30 }), box({ requests: 10 }))?.requestsPerSecond).toBe(10);
  expect(rowOf(box({ requests: 30 }), box({ function: 'other' }))?.requestsPerSecond).toBe(0);
  // The Pillbox was started anew.
  expect(rowOf(box({ requests: 3 }), box({ requests: 10 }))?.requestsPerSecond).toBe(0);
});

test('sums over instances, and the memory of the one that holds most', () => {
  const metrics = { pillbox_requests_queued: 2, pillbox_sheds_total: 1, pillbox_pressure_level: 1 };
  const instances = [
    instance({ residentMiB: 80, requestsInWork: 3, metrics }),
    instance({ residentMiB: 99, requestsInWork: 1, metrics: { ...metrics, pillbox_pressure_level: 3 } }),
  ];
  expect(rowOf(box({ instances, waiting: 5, kills: 2, recycles: 3 }))).toMatchObject({
    instances: 2,
    residentMiB: 99,
    peakMiB: 120,
    inWork: 4,
    queued: 9,
    sheds: 2,
    refused: undefined,
    recycles: 3,
    kills: 2,
    // The worst of them.
    state: 'stop',
  });
});

test.each([
  [[], 'off'],
  [[instance({ state: 'starting' })], 'starting'],
  [[instance({ state: 'ending' })], 'ending'],
  [[instance()], 'ready'],
  [[instance(), instance({ state: 'starting' })], 'ready'],
  [[instance({ metrics: { pillbox_pressure_level: 0 } })], 'normal'],
  [[instance({ metrics: { pillbox_pressure_level: 4 } })], 'drain'],
  [[instance(), instance({ state: 'ending', metrics: { pillbox_pressure_level: 4 } })], 'ready'],
  // A level of a later version.
  [[instance({ metrics: { pillbox_pressure_level: 9 } })], 'ready'],
])('%#: its state is %s', (instances, state) => {
  expect(rowOf(box({ instances }))?.state).toBe(state);
});
