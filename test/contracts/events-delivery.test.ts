/** Object events of the local cloud, caused by Google's own client: types, filters, at least once, faults on request. */

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { expect, onTestFinished, test } from 'vitest';
import { createTestClock } from '../../infra/local/cloud/clock.ts';
import { createMovableClock } from '../../infra/local/cloud/clock-movable.ts';
import { parseCloudConfig } from '../../infra/local/cloud/cloud-config-file.ts';
import { type LocalCloud, startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';

const TYPE = 'google.cloud.storage.object.v1.';
const BUCKET = 'bucket';
const HOUR_MS = 3_600_000;

interface Seen {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly headers: IncomingHttpHeaders;
  readonly object: Record<string, unknown>;
}

/** A subscriber that answers with each status in turn, and then 204. */
async function subscribe(statusOf: (count: number) => number = () => 204) {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const { headers } = request;
    const object = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const type = String(headers['ce-type']).replace(TYPE, '');
    seen.push({ type, id: String(headers['ce-id']), name: object.name, headers, object });
    response.writeHead(statusOf(seen.length)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`, seen };
}

async function open(config: object) {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-events-'));
  const parsed = parseCloudConfig({ buckets: [BUCKET, 'other-bucket'], ...config });
  const cloud = await startLocalCloud({
    dir,
    port: 0,
    clock: createMovableClock(),
    ...parsed,
    log: () => {},
  });
  onTestFinished(async () => {
    await cloud.close();
    await rm(dir, { recursive: true, force: true });
  });
  const storage = new Storage({ apiEndpoint: cloud.origin, projectId: 'p' });
  return { cloud, bucket: storage.bucket(BUCKET), other: storage.bucket('other-bucket') };
}

const advance = ({ origin }: LocalCloud, advanceMs: number) =>
  fetch(`${origin}/_pillbox/clock`, { method: 'POST', body: JSON.stringify({ advanceMs }) });

async function inspect({ origin }: LocalCloud, query = ''): Promise<Record<string, unknown>> {
  return (await (await fetch(`${origin}/_pillbox/events${query}`)).json()) as Record<string, unknown>;
}

const trigger = (url: string, objectPattern = '**', type = 'finalized') => ({
  bucket: BUCKET,
  type: TYPE + type,
  objectPattern,
  url,
});

test('each type goes to who asked for it, by bucket and by name', async () => {
  const all = await subscribe();
  const some = await subscribe();
  const { bucket, other } = await open({
    eventTriggers: [
      ...['finalized', 'metadataUpdated', 'deleted'].map((type) => trigger(all.url, '**', type)),
      trigger(some.url, 'in/*.csv'),
      trigger(some.url, 'in/**', 'deleted'),
    ],
  });
  await other.file('in/a.csv').save('elsewhere');
  for (const name of ['in/a.csv', 'in/deep/b.csv', 'out/c']) await bucket.file(name).save(name);
  await bucket.file('in/a.csv').setMetadata({ metadata: { seen: 'yes' } });
  await bucket.file('in/deep/b.csv').delete();
  await bucket.file('out/c').delete();
  await expect.poll(() => [all.seen.length, some.seen.length]).toEqual([6, 2]);
  const told = (seen: readonly Seen[]) => seen.map(({ type, name }) => `${type} ${name}`).sort();
  expect(told(all.seen)).toEqual([
    'deleted in/deep/b.csv',
    'deleted out/c',
    'finalized in/a.csv',
    'finalized in/deep/b.csv',
    'finalized out/c',
    'metadataUpdated in/a.csv',
  ]);
  expect(told(some.seen)).toEqual(['deleted in/deep/b.csv', 'finalized in/a.csv']);
  const updated = all.seen.find(({ type }) => type === 'metadataUpdated');
  expect(updated?.object).toMatchObject({ metadata: { seen: 'yes' }, metageneration: '2' });
  expect(new Set(all.seen.map(({ id }) => id)).size).toBe(6);
});

test('delivered again until it is taken; after a day it is dead, which is counted', async () => {
  const failing = await subscribe(() => 503);
  const flaky = await subscribe((count) => (count < 4 ? 500 : 204));
  const { cloud, bucket } = await open({ eventTriggers: [trigger(failing.url), trigger(flaky.url)] });
  await bucket.file('x').save('x');
  await advance(cloud, HOUR_MS);
  expect(flaky.seen).toHaveLength(4);
  expect(new Set(flaky.seen.map(({ id }) => id)).size).toBe(1);
  const after = failing.seen.length;
  expect(after).toBeGreaterThan(60);
  expect(await inspect(cloud)).toMatchObject({
    subscriptions: [
      { name: 'finalized:bucket/**', tasks: 1, retrying: 1, done: 0, givenUp: 0, lastStatus: 503 },
      { name: 'finalized:bucket/**#2', tasks: 0, done: 1, givenUp: 0, lastStatus: 204 },
    ],
  });
  await advance(cloud, 24 * HOUR_MS);
  expect(failing.seen.length).toBeGreaterThan(after);
  const [dead] = (await inspect(cloud))['subscriptions'] as { givenUp: number; tasks: number }[];
  expect(dead).toMatchObject({ givenUp: 1, tasks: 0 });
  const tries = failing.seen.length;
  await advance(cloud, 24 * HOUR_MS);
  expect(failing.seen).toHaveLength(tries);
});

test('a dead or delivered event can be sent again, under the same id', async () => {
  const { url, seen } = await subscribe();
  const { cloud, bucket } = await open({ eventTriggers: [trigger(url)] });
  await bucket.file('x').save('x');
  await expect.poll(() => seen.length).toBe(1);
  const { past } = await inspect(cloud, '?subscription=finalized:bucket/**');
  expect(past).toMatchObject([{ id: seen[0]?.id, subject: 'objects/x', attempts: 1, isDelivered: true }]);
  const replay = (id: string) => fetch(`${cloud.origin}/_pillbox/events:replay?id=${id}`, { method: 'POST' });
  expect(await (await replay(seen[0]?.id ?? '')).json()).toEqual({ subscriptions: ['finalized:bucket/**'] });
  await expect.poll(() => seen.length).toBe(2);
  expect(seen[1]).toMatchObject({ id: seen[0]?.id, name: 'x' });
  expect((await replay('unknown')).status).toBe(404);
  expect((await fetch(`${cloud.origin}/_pillbox/events?subscription=unknown`)).status).toBe(404);
});

test('duplicates and another order on request', async () => {
  const { url, seen } = await subscribe();
  const { cloud, bucket } = await open({
    eventTriggers: [trigger(url)],
    deliveryFaults: { duplicate: 1, delayMs: HOUR_MS },
  });
  for (const name of ['a', 'b']) await bucket.file(name).save(name);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(seen).toEqual([]);
  await advance(cloud, HOUR_MS);
  await expect.poll(() => seen.map(({ name }) => name).sort()).toEqual(['a', 'a', 'b', 'b']);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(2);
});

test('an event that is to be overtaken arrives after those that were caused later', async () => {
  const { url, seen } = await subscribe();
  let count = 0;
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-events-'));
  const cloud = await startLocalCloud({
    dir,
    port: 0,
    // It stands still: what is held back is let go after a second of it, overtaken or not.
    clock: createTestClock(Date.now()),
    ...parseCloudConfig({ buckets: [BUCKET], eventTriggers: [trigger(url)] }),
    deliveryFaults: () => {
      count += 1;
      return count === 1 ? { reorder: 2 } : undefined;
    },
    log: () => {},
  });
  onTestFinished(async () => {
    await cloud.close();
    await rm(dir, { recursive: true, force: true });
  });
  const bucket = new Storage({ apiEndpoint: cloud.origin, projectId: 'p' }).bucket(BUCKET);
  for (const name of ['first', 'second', 'third']) await bucket.file(name).save(name);
  await expect.poll(() => seen.map(({ name }) => name)).toEqual(['second', 'third', 'first']);
});
