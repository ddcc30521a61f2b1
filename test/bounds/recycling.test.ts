/** Instances that ask to be replaced, under load: others take their place, and no request fails. */

import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { isAlive, statsOf, withSupervisor } from './supervised.ts';

const REQUESTS = 600;
const CLIENTS = 8;

test('hundreds of requests over boxes that live for twenty each: none fails, and every box ends by itself', async () => {
  await withSupervisor({ config: { memoryMiB: 256 } }, async (supervised) => {
    const url = `${supervised.origin}/mayfly/who`;
    const pids = new Map<number, number>();
    const statuses = new Map<number, number>();
    const client = async () => {
      for (let sent = 0; sent < REQUESTS / CLIENTS; sent += 1) {
        const response = await fetch(url);
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        const { pid } = await response.json();
        pids.set(pid, (pids.get(pid) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect([...statuses]).toEqual([[200, REQUESTS]]);
    expect(pids.size).toBeGreaterThan(4);
    // A few more than twenty and its jitter come in before the message has reached the supervisor.
    expect(Math.max(...pids.values())).toBeLessThan(REQUESTS / 2);
    const stats = statsOf(supervised, 'mayfly');
    expect(stats).toMatchObject({ kills: 0, restarts: 0 });
    expect(stats.recycles).toBeGreaterThanOrEqual(pids.size - 2);
    await expect
      .poll(() => [...pids.keys()].filter(isAlive).length, { timeout: 60_000 })
      .toBeLessThanOrEqual(2);
  });
});

test('one that asks before it is ready is a start that failed: no request reaches it, and starts grow rare', async () => {
  await withSupervisor({}, async (supervised) => {
    const statuses: number[] = [];
    const untilMs = performance.now() + 3_000;
    while (performance.now() < untilMs) {
      const response = await fetch(`${supervised.origin}/quitter/x`);
      statuses.push(response.status);
      await response.text();
      await delay(50);
    }
    expect(new Set(statuses)).toEqual(new Set([503]));
    // Without a pause there would be ten and more.
    expect(statsOf(supervised, 'quitter').restarts).toBeLessThan(6);
  });
});
