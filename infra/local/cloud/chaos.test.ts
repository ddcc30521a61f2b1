import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { chaosScheduleSchema, requestFaultRuleSchema } from './chaos/chaos-schedule.ts';
import type { ChaosOptions } from './chaos.ts';
import { type LocalCloud, startLocalCloud } from './local-cloud.ts';

const QUEUE = 'projects/p/locations/l/queues/q';
const BODY = 'x'.repeat(300_000);

const UPLOAD_CUTS = [undefined, 0, 150_000, 1e9];
const DOWNLOAD_CUTS = [undefined, 0, 150_000, 1e9];
const REFUSALS = [
  [429, 'rateLimitExceeded', 'RESOURCE_EXHAUSTED'],
  [500, 'backendError', 'INTERNAL'],
  [503, 'backendError', 'UNAVAILABLE'],
] as const;

/** One folder of objects for each fault, so that one cloud will do. */
const RULES = [
  ...REFUSALS.map(([status]) => ({ kind: 'refuse', status, share: 1, objects: `jobs/refuse-${status}/**` })),
  ...REFUSALS.map(([status], index) => ({ kind: 'refuse', status, nth: [index + 1], on: ['enqueue'] })),
  { kind: 'cut', nth: [4], on: ['enqueue'] },
  { kind: 'lose-answer', nth: [5], on: ['enqueue'] },
  { kind: 'full-disk', nth: [6], requests: 1, on: ['enqueue'] },
  { kind: 'cut', nth: [1], objects: 'jobs/cut/**' },
  ...UPLOAD_CUTS.map((afterBytes) => ({
    kind: 'cut-upload',
    nth: [1],
    objects: `jobs/up-${afterBytes}/**`,
    afterBytes,
  })),
  ...DOWNLOAD_CUTS.map((afterBytes) => ({
    kind: 'cut-download',
    nth: [1],
    objects: `jobs/down-${afterBytes}/**`,
    afterBytes,
  })),
  { kind: 'cut-download', nth: [1], objects: 'jobs/down-404/**' },
  { kind: 'lose-answer', nth: [1], objects: 'jobs/lost/**' },
  { kind: 'done-but-412', nth: [1, 2], objects: 'jobs/told/**' },
  { kind: 'done-but-412', nth: [1], objects: 'jobs/told-404/**' },
  { kind: 'kill-caller', nth: [1], objects: 'jobs/killed/**' },
  { kind: 'full-disk', nth: [2], objects: 'jobs/full/**', requests: 3 },
];

/** `status` is `cut` where the connection ended before there was one; `isCut` also where it ended later. */
interface Seen {
  readonly status: number | 'cut';
  readonly text: string;
  readonly isCut: boolean;
}

interface Call {
  readonly method?: string;
  readonly body?: string;
  /** Without a length in front. */
  readonly isChunked?: boolean;
}

let dir = '';
let cloud: LocalCloud;
const lines: string[] = [];
const told: string[] = [];
const killed: (string | undefined)[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-chaos-'));
  const deliveries = [{ kind: 'pass-deadline', share: 1, maxMs: 50, queues: ['hurried'] }];
  const chaos = chaosScheduleSchema.parse({ seed: '7', deliveries, requests: RULES });
  const chaosOptions: ChaosOptions = {
    killCaller: ({ url }) => void killed.push(url),
    onFault: (kind, { name }) => void told.push(`${kind} ${name}`),
  };
  const log = (line: string) => void lines.push(line);
  cloud = await startLocalCloud({ dir, port: 0, buckets: ['chaos'], chaos, chaosOptions, log });
  await ask('/v2/projects/p/locations/l/queues', { method: 'POST', body: JSON.stringify({ name: QUEUE }) });
  await ask(`/v2/${QUEUE}:pause`, { method: 'POST', body: '{}' });
});
afterAll(async () => {
  await cloud.close();
  await rm(dir, { recursive: true });
});

function ask(path: string, { method = 'GET', body, isChunked = false }: Call = {}): Promise<Seen> {
  return new Promise((resolve) => {
    const request = send(`${cloud.origin}${path}`, { method, agent: false });
    request.on('error', () => resolve({ status: 'cut', text: '', isCut: true }));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      const end = (isCut: boolean) =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString(), isCut });
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => end(false));
      response.on('error', () => end(true));
    });
    if (isChunked) request.write(body);
    request.end(isChunked ? undefined : body);
  });
}

const upload = (name: string, body = 'x', { condition = '', isChunked = false } = {}) =>
  ask(`/upload/storage/v1/b/chaos/o?uploadType=media&name=${encodeURIComponent(name)}${condition}`, {
    method: 'POST',
    body,
    isChunked,
  });
const objectPath = (name: string) => `/storage/v1/b/chaos/o/${encodeURIComponent(name)}`;
const read = (name: string) => ask(`${objectPath(name)}?alt=media`);
const stat = (name: string) => ask(objectPath(name));
const compose = (name: string, source: string) =>
  ask(`${objectPath(name)}/compose?ifGenerationMatch=0`, {
    method: 'POST',
    body: JSON.stringify({ sourceObjects: [{ name: source }], destination: {} }),
  });
const enqueue = (id: string) => {
  const task = { name: `${QUEUE}/tasks/${id}`, httpRequest: { url: 'http://127.0.0.1:9/' } };
  return ask(`/v2/${QUEUE}/tasks`, { method: 'POST', body: JSON.stringify({ task }) });
};
const reasonOf = ({ text }: Seen): unknown => JSON.parse(text).error.errors[0].reason;
const IF_NEW = { condition: '&ifGenerationMatch=0' };

async function countBlobs(): Promise<number> {
  const folders = await readdir(join(dir, 'blobs')).catch(() => []);
  const files = await Promise.all(folders.map((folder) => readdir(join(dir, 'blobs', folder))));
  return files.flat().length;
}

test.each(REFUSALS)('refuse %i: nothing is done, twice, and then it is', async (status, reason) => {
  const name = `jobs/refuse-${status}/a`;
  const refused = await upload(name);
  expect([refused.status, reasonOf(refused)]).toEqual([status, reason]);
  expect((await upload(name)).status).toBe(status);
  expect((await upload(name)).status).toBe(200);
  const prefix = encodeURIComponent(`jobs/refuse-${status}/`);
  expect((await ask(`/storage/v1/b/chaos/o?prefix=${prefix}`)).status).toBe(status);
});

test('tasks are refused in their own form, cut, taken without an answer, or find no room', async () => {
  for (const [status, , rpcStatus] of REFUSALS) {
    const refused = await enqueue(`t-${status}`);
    expect([refused.status, JSON.parse(refused.text).error.status]).toEqual([status, rpcStatus]);
  }
  expect((await enqueue('t-cut')).status).toBe('cut');
  expect((await enqueue('t-lost')).status).toBe('cut');
  const full = await enqueue('t-full');
  expect([full.status, JSON.parse(full.text).error.status]).toEqual([500, 'INTERNAL']);
  const names = ['t-429', 't-500', 't-503', 't-cut', 't-full', 't-lost'];
  const again: unknown[] = [];
  for (const name of names) again.push((await enqueue(name)).status);
  expect(again).toEqual([200, 200, 200, 200, 200, 409]);
});

test('cut: nothing is done, and nothing answered', async () => {
  const before = await countBlobs();
  expect((await upload('jobs/cut/a', BODY)).status).toBe('cut');
  expect((await stat('jobs/cut/a')).status).toBe(404);
  expect(await countBlobs()).toBe(before);
});

test.each(UPLOAD_CUTS)(
  'cut-upload at %j: a part of the body arrives, and nothing is left of it',
  async (at) => {
    const name = `jobs/up-${at}/a`;
    const before = await countBlobs();
    expect((await upload(name, BODY, { isChunked: at === 1e9 })).status).toBe('cut');
    expect((await stat(name)).status).toBe(404);
    expect((await upload(name, BODY)).status).toBe(200);
    expect(await countBlobs()).toBe(before + 1);
    expect((await read(name)).text).toBe(BODY);
  },
);

test.each(DOWNLOAD_CUTS)('cut-download at %j: a part of the answer leaves', async (at) => {
  const name = `jobs/down-${at}/a`;
  await upload(name, BODY);
  const { status, text, isCut } = await read(name);
  expect(isCut).toBe(true);
  // Without a byte of the body, the status may or may not have left by then.
  if (status !== 'cut') expect(status).toBe(200);
  expect(text.length).toBeLessThan(BODY.length);
  expect(text.length).toBeLessThanOrEqual(at ?? BODY.length);
  expect(await read(name)).toEqual({ status: 200, text: BODY, isCut: false });
});

test('cut-download leaves an error as it is', async () => {
  const { status, isCut } = await read('jobs/down-404/none');
  expect([status, isCut]).toEqual([404, false]);
});

test('lose-answer: it is done, and the repeat of a conditional write meets 412', async () => {
  expect((await upload('jobs/lost/a', 'x', IF_NEW)).status).toBe('cut');
  expect((await read('jobs/lost/a')).text).toBe('x');
  expect((await upload('jobs/lost/a', 'x', IF_NEW)).status).toBe(412);
});

test('done-but-412: a conditional write is done, and answered as its repeat is', async () => {
  expect((await upload('jobs/told/unconditional')).status).toBe(200);
  const first = await upload('jobs/told/a', 'x', IF_NEW);
  expect(first.status).toBe(412);
  expect((await read('jobs/told/a')).text).toBe('x');
  expect((await compose('jobs/told/b', 'jobs/told/a')).status).toBe(412);
  expect((await read('jobs/told/b')).text).toBe('x');
  expect(await upload('jobs/told/a', 'x', IF_NEW)).toEqual(first);
});

test('done-but-412 leaves what failed as it is', async () => {
  const failed = await compose('jobs/told-404/c', 'jobs/told-404/none');
  expect([failed.status, reasonOf(failed)]).toEqual([404, 'notFound']);
});

test('full-disk: writes fail until there is room; reads, and what a user sends, do not', async () => {
  expect((await upload('jobs/full/a')).status).toBe(200);
  const full = await upload('jobs/full/b');
  expect([full.status, reasonOf(full)]).toEqual([500, 'backendError']);
  expect((await read('jobs/full/a')).text).toBe('x');
  expect((await upload('data/a')).status).toBe(200);
  expect((await upload('jobs/full/b')).status).toBe(500);
  expect((await compose('jobs/full/c', 'jobs/full/a')).status).toBe(500);
  expect((await upload('jobs/full/b')).status).toBe(200);
  expect((await compose('jobs/full/c', 'jobs/full/a')).status).toBe(200);
});

test('kill-caller: who asks is killed, and nothing is done', async () => {
  expect((await upload('jobs/killed/a')).status).toBe('cut');
  expect((await stat('jobs/killed/a')).status).toBe(404);
  expect(killed).toHaveLength(1);
});

test('a body that chaos has looked at arrives as it was sent, however large, and malformed ones are refused', async () => {
  const sent = Buffer.from('y'.repeat(700_000)).toString('base64');
  const task = { httpRequest: { url: 'http://127.0.0.1:9/', body: sent } };
  const made = await ask(`/v2/${QUEUE}/tasks`, { method: 'POST', body: JSON.stringify({ task }) });
  expect(made.status).toBe(200);
  const kept = JSON.parse((await ask(`/v2/${JSON.parse(made.text).name}?responseView=FULL`)).text);
  expect(kept.httpRequest.body === sent).toBe(true);
  for (const body of ['', '{', '[]', `{"task":${' '.repeat(2_200_000)}{}}`]) {
    expect((await ask(`/v2/${QUEUE}/tasks`, { method: 'POST', body })).status).toBe(400);
  }
});

test('pass-deadline: a task is sent again while its target is at work, until it is left alone', async () => {
  let atWork = 0;
  const served = Promise.withResolvers<IncomingHttpHeaders>();
  const target = createServer(({ headers }, response) => {
    if (headers['x-cloudtasks-taskretrycount'] === '4') {
      response.end();
      served.resolve(headers);
    } else atWork += 1;
  });
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  onTestFinished(() => {
    target.close();
    target.closeAllConnections();
  });
  const name = 'projects/p/locations/l/queues/hurried';
  const retryConfig = { minBackoff: '0.01s', maxBackoff: '0.02s' };
  const queue = JSON.stringify({ name, retryConfig });
  expect((await ask('/v2/projects/p/locations/l/queues', { method: 'POST', body: queue })).status).toBe(200);
  const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/`;
  const body = JSON.stringify({ task: { httpRequest: { url } } });
  expect((await ask(`/v2/${name}/tasks`, { method: 'POST', body })).status).toBe(200);
  expect((await served.promise)['x-cloudtasks-taskpreviousresponse']).toBe('504');
  expect(atWork).toBeLessThanOrEqual(4);
  lines.splice(0, Number.POSITIVE_INFINITY, ...lines.filter((line) => !/no answer within/.test(line)));
});

test('each fault was told of, and none is an error of the cloud', () => {
  const kinds = new Set(told.map((line) => line.split(' ')[0] ?? ''));
  expect([...kinds].sort()).toEqual(requestFaultRuleSchema.options.map(kindOf).sort());
  expect(lines).toEqual([]);
});

function kindOf({ shape }: (typeof requestFaultRuleSchema.options)[number]): string {
  return shape.kind.value;
}
