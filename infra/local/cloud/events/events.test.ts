import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { createTestClock, systemClock } from '../clock.ts';
import { inTransaction } from '../state.ts';
import { createEvents } from './events.ts';
import type { ObjectEvent } from './object-event.ts';

const FINALIZED = 'google.cloud.storage.object.v1.finalized';

function objectEvent(name: string, bucket = 'pillbox'): ObjectEvent {
  return {
    type: FINALIZED,
    bucket,
    generation: '17',
    object: {
      kind: 'storage#object',
      id: `${bucket}/${name}/17`,
      selfLink: '',
      mediaLink: '',
      name,
      bucket,
      generation: '17',
      metageneration: '1',
      storageClass: 'STANDARD',
      size: '2',
      crc32c: 'AAAAAA==',
      etag: '',
      timeCreated: '2026-01-01T00:00:00.000Z',
      updated: '2026-01-01T00:00:00.000Z',
    } as ObjectEvent['object'],
  };
}

async function listen(...statuses: number[]) {
  const seen: { headers: IncomingHttpHeaders; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    seen.push({
      headers: request.headers,
      body: JSON.parse(Buffer.concat(await request.toArray()).toString()),
    });
    response.writeHead(statuses[seen.length - 1] ?? 204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, seen };
}

function open(state: DatabaseSync, urls: readonly string[], objectPattern = 'jobs/*/job.json') {
  const triggers = urls.map((url) => ({ bucket: 'pillbox', type: FINALIZED, objectPattern, url }) as const);
  const events = createEvents({ state, clock: systemClock, triggers, log: () => {} });
  onTestFinished(() => events.stop());
  return events;
}

test('delivers a CloudEvent in binary mode, again until it is taken, under the same id', async () => {
  const { url, seen } = await listen(500);
  const events = open(new DatabaseSync(':memory:'), [url]);
  events.start();
  events.record(objectEvent('jobs/demo/job.json'));
  await expect.poll(() => seen.length, { timeout: 5000 }).toBe(2);
  expect(seen[0]).toMatchObject({
    headers: {
      'ce-specversion': '1.0',
      'ce-type': FINALIZED,
      'ce-source': '//storage.googleapis.com/projects/_/buckets/pillbox',
      'ce-subject': 'objects/jobs/demo/job.json',
      'ce-time': '2026-01-01T00:00:00.000Z',
      'ce-bucket': 'pillbox',
      'content-type': 'application/json',
    },
    body: { name: 'jobs/demo/job.json', generation: '17' },
  });
  expect(seen[1]?.headers['ce-id']).toBe(seen[0]?.headers['ce-id']);
});

test('only matching events, each to every matching trigger', async () => {
  const first = await listen();
  const second = await listen();
  const events = open(new DatabaseSync(':memory:'), [first.url, second.url], 'in/*');
  events.start();
  events.record(objectEvent('jobs/demo/other.json'));
  events.record(objectEvent('in/a', 'elsewhere'));
  events.record(objectEvent('in/Ü "1" %'));
  await expect.poll(() => [first.seen.length, second.seen.length]).toEqual([1, 1]);
  expect(first.seen[0]?.headers['ce-subject']).toBe('objects/in/%C3%9C%20%221%22%20%25');
});

test('an event of a transaction that fails is not sent; one that is kept outlives a stop, and a change of port', async () => {
  const state = new DatabaseSync(':memory:');
  const { url, seen } = await listen();
  const before = open(state, ['http://127.0.0.1:1/events']);
  before.start();
  expect(() =>
    inTransaction(state, () => {
      before.record(objectEvent('jobs/lost/job.json'));
      throw new Error('rolled back');
    }),
  ).toThrow('rolled back');
  inTransaction(state, () => before.record(objectEvent('jobs/kept/job.json')));
  await before.stop();
  open(state, [url]).start();
  await expect.poll(() => seen.length, { timeout: 5000 }).toBe(1);
  expect(seen[0]?.body).toMatchObject({ name: 'jobs/kept/job.json' });
});

test('a subscriber that has not acknowledged within 10 s is sent the event again', async () => {
  let asked = 0;
  const server = createServer(() => {
    asked += 1;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  const clock = createTestClock();
  const trigger = { bucket: 'pillbox', type: FINALIZED, objectPattern: '*', url } as const;
  const state = new DatabaseSync(':memory:');
  const lines: string[] = [];
  const events = createEvents({ state, clock, triggers: [trigger], log: (line) => lines.push(line) });
  onTestFinished(() => events.stop());
  events.start();
  events.record(objectEvent('x'));
  await expect.poll(() => asked).toBe(1);
  clock.advance(9_999);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(lines).toEqual([]);
  clock.advance(1);
  await expect.poll(() => lines).toHaveLength(1);
  clock.advance(500);
  await expect.poll(() => asked).toBe(2);
});
