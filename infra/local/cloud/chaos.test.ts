import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createChaos } from './chaos.ts';
import { startLocalCloud } from './local-cloud.ts';

const DELIVERIES = 2_000;

function faultsOf(seed: string, attempt = 1): string[] {
  const { deliveryFaults } = createChaos(seed);
  return Array.from({ length: DELIVERIES }, (_, i) =>
    JSON.stringify(deliveryFaults({ queue: 'q', id: String(i), attempt }) ?? {}),
  );
}

test('a seed always draws the same, another one something else, and a late attempt nothing', () => {
  expect(faultsOf('a')).toEqual(faultsOf('a'));
  expect(faultsOf('a')).not.toEqual(faultsOf('b'));
  expect(new Set(faultsOf('a', 5))).toEqual(new Set(['{}']));
});

test('every kind of fault of a delivery comes about as often as is meant', () => {
  const faults = faultsOf('often');
  const share = (kind: string) => faults.filter((one) => one.includes(kind)).length / DELIVERIES;
  expect(share('duplicate')).toBeCloseTo(0.15, 1);
  expect(share('delayMs')).toBeCloseTo(0.15, 1);
  expect(share('reorder')).toBeCloseTo(0.1, 1);
});

test('of requests for objects of jobs some are refused, cut, or done and not answered; others are left alone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-chaos-'));
  const cloud = await startLocalCloud({ dir, port: 0, buckets: ['chaos'], chaos: '7', log: () => {} });
  onTestFinished(async () => {
    await cloud.close();
    await rm(dir, { recursive: true });
  });
  const put = async (name: string): Promise<number | 'cut'> => {
    const url = `${cloud.origin}/upload/storage/v1/b/chaos/o?uploadType=media&name=${encodeURIComponent(name)}`;
    const answer = await fetch(url, { method: 'POST', body: 'x' }).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status ?? 'cut';
  };
  const seen = new Map<number | 'cut', number>();
  const unanswered: string[] = [];
  for (let i = 0; i < 200; i += 1) {
    const status = await put(`jobs/j/work/${i}`);
    seen.set(status, (seen.get(status) ?? 0) + 1);
    if (status === 'cut') unanswered.push(`jobs/j/work/${i}`);
    expect(await put(`data/${i}`)).toBe(200);
    expect(await put('jobs/j/job.json')).toBe(200);
  }
  expect([...seen.keys()].sort()).toEqual([200, 429, 503, 'cut']);
  const list = await fetch(`${cloud.origin}/storage/v1/b/chaos/o?prefix=jobs/j/work/`);
  const names = new Set(((await list.json()) as { items: { name: string }[] }).items.map(({ name }) => name));
  const done = unanswered.filter((name) => names.has(name));
  expect(done.length).toBeGreaterThan(0);
  expect(done.length).toBeLessThan(unanswered.length);
});
