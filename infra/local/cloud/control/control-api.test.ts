import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseCloudConfig } from '../cloud-config-file.ts';
import { startLocalCloud } from '../local-cloud.ts';
import { removeState } from './remove-state.ts';

const QUEUE = 'projects/p/locations/l/queues/configured';
const CREATED = 'projects/p/locations/l/queues/created';

async function makeDir(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-control-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function open() {
  const dir = await makeDir();
  const trigger = {
    bucket: 'configured',
    type: 'google.cloud.storage.object.v1.finalized',
    objectPattern: '**',
    url: 'http://127.0.0.1:1/',
  };
  const config = parseCloudConfig({
    buckets: ['configured'],
    queues: [{ name: QUEUE }],
    eventTriggers: [trigger],
  });
  const cloud = await startLocalCloud({ dir, port: 0, ...config, log: () => {} });
  onTestFinished(() => cloud.close());
  const call = async (method: string, path: string, body?: string) => {
    const response = await fetch(cloud.origin + path, { method, body: body ?? null });
    const text = await response.text();
    return { status: response.status, json: text === '' ? {} : JSON.parse(text) };
  };
  return { dir, cloud, call };
}

type Call = Awaited<ReturnType<typeof open>>['call'];

/** Something of each kind. */
async function fill(call: Call): Promise<void> {
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const task = {
    name: `${QUEUE}/tasks/t`,
    scheduleTime: inAnHour,
    httpRequest: { url: 'http://127.0.0.1:1/' },
  };
  const answers = [
    await call('POST', '/storage/v1/b?project=p', JSON.stringify({ name: 'made-later' })),
    await call('POST', '/upload/storage/v1/b/configured/o?uploadType=media&name=x', 'text'),
    await call('POST', '/v2/projects/p/locations/l/queues', JSON.stringify({ name: CREATED })),
    await call('POST', `/v2/${QUEUE}/tasks`, JSON.stringify({ task })),
    await call('DELETE', `/v2/${CREATED}`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
}

test('a reset empties all of it, makes again what is configured, and leaves a server that works', async () => {
  const { call } = await open();
  for (let round = 0; round < 2; round++) {
    // The names of what was deleted are free again, too.
    await fill(call);
    expect((await call('POST', '/_pillbox/reset')).status).toBe(200);
    expect((await call('GET', '/storage/v1/b/configured/o')).json.items).toBeUndefined();
    expect((await call('GET', '/storage/v1/b/made-later')).status).toBe(404);
    expect((await call('GET', '/_pillbox/queues')).json.queues).toMatchObject([
      { name: QUEUE, tasks: 0, done: 0 },
    ]);
    expect((await call('GET', '/_pillbox/events')).json.subscriptions).toMatchObject([
      { tasks: 0, retrying: 0 },
    ]);
  }
});

test('two resets at once, and what comes between them', async () => {
  const { call } = await open();
  await fill(call);
  const reset = () => call('POST', '/_pillbox/reset');
  const answers = await Promise.all([reset(), call('GET', '/storage/v1/b/configured'), reset(), reset()]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
});

test('an upload that a reset overtakes fails, and leaves nothing', async () => {
  const { cloud, call } = await open();
  const path = '/upload/storage/v1/b/configured/o?uploadType=media&name=half';
  const status = new Promise<number | undefined>((resolve) => {
    const upload = request(cloud.origin + path, { method: 'POST' }, (response) =>
      resolve(response.resume().statusCode),
    ).on('error', () => resolve(undefined));
    upload.write('first half, ');
    setTimeout(async () => {
      await call('POST', '/_pillbox/reset');
      upload.end('second half');
    }, 100);
  });
  expect(await status).not.toBe(200);
  expect((await call('GET', '/storage/v1/b/configured/o')).json.items).toBeUndefined();
});

test('a reset waits for an upload that ends soon, and cuts one that does not, without leaving its bytes', async () => {
  const { dir, cloud, call } = await open();
  const upload = (name: string) => {
    const path = `/upload/storage/v1/b/configured/o?uploadType=media&name=${name}`;
    const sent = request(cloud.origin + path, { method: 'POST' });
    const status = new Promise<number | undefined>((resolve) => {
      sent.on('response', (response) => resolve(response.resume().statusCode));
      sent.on('error', () => resolve(undefined));
    });
    sent.write('first half, ');
    return { sent, status };
  };
  const quick = upload('quick');
  const stuck = upload('stuck');
  const blobs = async () =>
    (await readdir(join(dir, 'blobs'), { recursive: true, withFileTypes: true }).catch(() => [])).filter(
      (entry) => entry.isFile(),
    );
  await expect.poll(async () => (await blobs()).length).toBe(2);
  const reset = call('POST', '/_pillbox/reset');
  setTimeout(() => quick.sent.end('second half'), 100);
  expect(await quick.status).toBe(200);
  expect((await reset).status).toBe(200);
  expect(await stuck.status).toBeUndefined();
  expect(await blobs()).toEqual([]);
});

test('a reset that is meant for another local cloud is refused', async () => {
  const { call, cloud } = await open();
  await fill(call);
  const { json } = await call('GET', '/_pillbox/instance');
  expect(json).toEqual({ id: cloud.instanceId, pid: process.pid, parentPid: process.ppid });
  for (const other of ['', 'another', '%ff'])
    expect((await call('POST', `/_pillbox/reset?instance=${other}`)).status).toBe(409);
  expect((await call('GET', '/storage/v1/b/configured/o')).json.items).toHaveLength(1);
  expect((await call('POST', `/_pillbox/reset?instance=${cloud.instanceId}`)).status).toBe(200);
});

test('removes what a local cloud makes, and nothing else', async () => {
  const dir = await makeDir();
  const cloud = await startLocalCloud({ dir, port: 0, buckets: ['configured'], log: () => {} });
  const path = '/upload/storage/v1/b/configured/o?uploadType=media&name=x';
  await fetch(cloud.origin + path, { method: 'POST', body: 'text' });
  await cloud.close();
  expect(await readdir(dir)).toContain('state.sqlite');
  await writeFile(join(dir, 'thesis.txt'), 'mine');
  await removeState(dir);
  expect(await readdir(dir)).toEqual(['thesis.txt']);
  await removeState(join(dir, 'absent'));
});

test('no page of the web may reset it', async () => {
  const { call, cloud } = await open();
  await fill(call);
  const headers = { origin: 'https://evil.example' };
  expect((await fetch(`${cloud.origin}/_pillbox/reset`, { method: 'POST', headers })).status).toBe(403);
  expect((await call('GET', '/_pillbox/reset')).status).toBe(404);
  expect((await call('GET', '/storage/v1/b/configured/o')).json.items).toHaveLength(1);
});
