/** More events than one page of the local cloud holds. */

import { DatabaseSync } from 'node:sqlite';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { createTestClock } from '../../local/cloud/clock.ts';
import { createEvents } from '../../local/cloud/events/events.ts';
import type { ObjectEvent } from '../../local/cloud/events/object-event.ts';
import { startServer } from '../../local/cloud/server.ts';
import { listEvents } from './list-events.ts';

const PAGE = 1000;
const EVENTS = 2 * PAGE + 5;
const FINALIZED = 'google.cloud.storage.object.v1.finalized';

afterEach(() => void vi.restoreAllMocks());

async function serveEvents(): Promise<string> {
  const state = new DatabaseSync(':memory:');
  const trigger = { bucket: 'b', type: FINALIZED, objectPattern: '*', url: 'http://127.0.0.1:1/' } as const;
  const events = createEvents({ state, clock: createTestClock(), triggers: [trigger], log: () => {} });
  const server = await startServer({ port: 0, apis: events.apis, log: () => {} });
  onTestFinished(() => server.close());
  for (let i = 0; i < EVENTS; i++) {
    const object = { name: `x${i}`, updated: '2026-01-01T00:00:00.000Z' } as ObjectEvent['object'];
    events.record({ type: FINALIZED, bucket: 'b', generation: '1', object });
  }
  return server.origin;
}

async function list(origin: string, options: { limit: number; json?: boolean }) {
  const out = vi.spyOn(console, 'log').mockImplementation(() => {});
  const notes = vi.spyOn(console, 'error').mockImplementation(() => {});
  await listEvents(origin, 'finalized:b/*', options);
  const text = (spy: typeof out) => spy.mock.calls.map(([line]) => String(line)).join('\n');
  const printed = { lines: text(out).split('\n'), notes: text(notes) };
  vi.restoreAllMocks();
  return printed;
}

test('all pages that are asked for are shown, each event once, and how many are left out is told', async () => {
  const origin = await serveEvents();
  const all = await list(origin, { limit: 10_000, json: true });
  expect(new Set(all.lines.map((line) => (JSON.parse(line) as { subject: string }).subject)).size).toBe(
    EVENTS,
  );
  expect([all.lines.length, all.notes]).toEqual([EVENTS, '']);
  const some = await list(origin, { limit: PAGE + 1, json: true });
  expect([some.lines.length, some.notes]).toEqual([PAGE + 1, `${PAGE + 4} more: --limit shows them`]);
  const few = await list(origin, { limit: 50 });
  expect(few.lines).toHaveLength(1 + 50 + 1);
  expect(few.lines.at(-1)).toBe(`${EVENTS - 50} more: --limit shows them`);
});

test('a page that begins nowhere is the first', async () => {
  const origin = await serveEvents();
  for (const after of ['x', '-1', '1e3', '9'.repeat(30)]) {
    const query = new URLSearchParams({ subscription: 'finalized:b/*', after });
    const response = await fetch(`${origin}/_pillbox/events?${query}`);
    expect(((await response.json()) as { pending: unknown[] }).pending).toHaveLength(PAGE);
  }
});
