/** Buckets and what belongs to them: settings, policies, notification configurations, HMAC keys. */

import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { openBucketTable } from './bucket-table.ts';
import { type StorageUnderTest, startStorage } from './storage-under-test.ts';

const json = (method: string, body: unknown) => ({ method, body: JSON.stringify(body) });

async function read({ call }: StorageUnderTest, path: string, init?: RequestInit) {
  const response = await call(path, init);
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

test('settings are given, patched, replaced, and counted', async () => {
  const storage = await startStorage();
  const made = await read(
    storage,
    '/b?project=p',
    json('POST', { name: 'b-1', labels: { a: '1' }, id: 'no' }),
  );
  expect(made.body).toMatchObject({ name: 'b-1', id: 'b-1', metageneration: '1', labels: { a: '1' } });
  const patch = {
    labels: { a: null, b: '2' },
    cors: [{ maxAgeSeconds: 5 }],
    storageClass: 'NEARLINE',
    acl: null,
  };
  const patched = await read(storage, '/b/b-1?ifMetagenerationMatch=1', json('PATCH', patch));
  expect(patched.body).toMatchObject({
    metageneration: '2',
    labels: { b: '2' },
    cors: [{ maxAgeSeconds: 5 }],
    storageClass: 'NEARLINE',
  });
  expect((await read(storage, '/b/b-1?ifMetagenerationMatch=1', json('PATCH', {}))).status).toBe(412);
  expect((await read(storage, '/b/b-1?ifMetagenerationNotMatch=2')).status).toBe(304);
  expect((await read(storage, '/b/b-1?ifMetagenerationMatch=1')).status).toBe(412);
  const updated = await read(storage, '/b/b-1', json('PUT', { labels: { c: '3' } }));
  expect(updated.body).toMatchObject({ metageneration: '3', labels: { c: '3' }, storageClass: 'STANDARD' });
  expect(updated.body.cors).toBeUndefined();
  expect(await read(storage, '/b/b-1', json('PATCH', { versioning: { enabled: true } }))).toMatchObject({
    status: 501,
    body: { error: { errors: [{ reason: 'notImplemented' }] } },
  });
  expect((await read(storage, '/b/none', json('PATCH', {}))).status).toBe(404);
  expect((await read(storage, '/b/b-1', json('PATCH', []))).status).toBe(400);
});

test('only an empty bucket is deleted', async () => {
  const storage = await startStorage();
  await storage.put('x', '');
  expect(await read(storage, '/b/pillbox', { method: 'DELETE' })).toMatchObject({
    status: 409,
    body: {
      error: { errors: [{ reason: 'conflict' }], message: 'The bucket you tried to delete is not empty.' },
    },
  });
  await storage.call('/b/pillbox/o/x', { method: 'DELETE' });
  const wrong = await read(storage, '/b/pillbox?ifMetagenerationMatch=7', { method: 'DELETE' });
  expect(wrong.status).toBe(412);
  expect((await read(storage, '/b/pillbox', { method: 'DELETE' })).status).toBe(204);
  expect((await read(storage, '/b/pillbox', { method: 'DELETE' })).status).toBe(404);
  expect((await storage.put('x', '')).status).toBe(404);
});

test('buckets are listed by prefix and page by page', async () => {
  const storage = await startStorage();
  for (const name of ['b-3', 'b-1', 'b-2', 'c-1']) await storage.call('/b', json('POST', { name }));
  const names = async (query: string) => {
    const { body } = await read(storage, `/b?project=p&${query}`);
    return [(body.items ?? []).map((item: { name: string }) => item.name), body.nextPageToken] as const;
  };
  expect((await names('prefix=b-'))[0]).toEqual(['b-1', 'b-2', 'b-3']);
  const [first, token] = await names('prefix=b-&maxResults=2');
  expect([first, await names(`prefix=b-&maxResults=2&pageToken=${token}`)]).toEqual([
    ['b-1', 'b-2'],
    [['b-3'], undefined],
  ]);
  expect((await read(storage, '/b?maxResults=0')).status).toBe(400);
  expect((await read(storage, '/b?pageToken=%25')).status).toBe(400);
});

test('a retention policy is shown on its objects, locked, and not enforced', async () => {
  const storage = await startStorage();
  await storage.put('x', '');
  const lock = '/b/pillbox/lockRetentionPolicy';
  expect((await read(storage, `${lock}?ifMetagenerationMatch=1`, { method: 'POST' })).status).toBe(400);
  await storage.call('/b/pillbox', json('PATCH', { retentionPolicy: { retentionPeriod: '60' } }));
  expect((await read(storage, lock, { method: 'POST' })).status).toBe(400);
  expect((await read(storage, `${lock}?ifMetagenerationMatch=1`, { method: 'POST' })).status).toBe(412);
  const locked = await read(storage, `${lock}?ifMetagenerationMatch=2`, { method: 'POST' });
  expect(locked.body.retentionPolicy).toMatchObject({ retentionPeriod: '60', isLocked: true });
  const { body } = await read(storage, '/b/pillbox/o/x');
  expect(Date.parse(body.retentionExpirationTime) - Date.parse(body.timeCreated)).toBe(60_000);
  expect((await read(storage, '/b/pillbox/o/x', { method: 'DELETE' })).status).toBe(204);
});

test('a policy is kept, and not replaced by one that was made from an older one', async () => {
  const storage = await startStorage();
  const { body: before } = await read(storage, '/b/pillbox/iam');
  expect(before).toMatchObject({ kind: 'storage#policy', bindings: [], etag: expect.any(String) });
  const bindings = [{ role: 'roles/storage.admin', members: ['user:a@b.c'] }];
  const set = (etag: string) => read(storage, '/b/pillbox/iam', json('PUT', { bindings, etag }));
  expect((await set(before.etag)).body).toMatchObject({ bindings });
  expect((await set(before.etag)).status).toBe(412);
  expect((await read(storage, '/b/pillbox/iam')).body).toMatchObject({ bindings });
  const asked = await read(storage, '/b/pillbox/iam/testPermissions?permissions=a&permissions=b');
  expect(asked.body.permissions).toEqual(['a', 'b']);
});

test('notification configurations are kept and go with their bucket', async () => {
  const storage = await startStorage();
  const path = '/b/pillbox/notificationConfigs';
  expect((await read(storage, path, json('POST', {}))).status).toBe(400);
  const { body } = await read(storage, path, json('POST', { topic: 't', payload_format: 'JSON_API_V1' }));
  expect(body).toMatchObject({
    kind: 'storage#notification',
    topic: 't',
    id: expect.stringMatching(/^\d+$/),
  });
  expect((await read(storage, `${path}/${body.id}`)).body).toEqual(body);
  expect((await read(storage, path)).body.items).toEqual([body]);
  expect((await read(storage, `${path}/x`)).status).toBe(404);
  await storage.call('/b/pillbox', { method: 'DELETE' });
  await storage.call('/b', json('POST', { name: 'pillbox' }));
  expect((await read(storage, `${path}/${body.id}`)).status).toBe(404);
});

test('HMAC keys: the secret is told once, and only a key that is off is deleted', async () => {
  const storage = await startStorage();
  const path = '/projects/p/hmacKeys';
  expect((await read(storage, path, { method: 'POST' })).status).toBe(400);
  const { body } = await read(storage, `${path}?serviceAccountEmail=a@b.c`, { method: 'POST' });
  expect(body).toMatchObject({ kind: 'storage#hmacKey', metadata: { state: 'ACTIVE', projectId: 'p' } });
  expect(Buffer.from(body.secret, 'base64')).toHaveLength(30);
  const key = `${path}/${body.metadata.accessId}`;
  expect((await read(storage, key)).body).toEqual(body.metadata);
  expect((await read(storage, `${path}?serviceAccountEmail=a@b.c`)).body.items).toEqual([body.metadata]);
  expect((await read(storage, `${path}?serviceAccountEmail=other`)).body.items).toEqual([]);
  expect((await read(storage, key.replace('/p/', '/q/'))).status).toBe(404);
  expect((await read(storage, key, { method: 'DELETE' })).status).toBe(400);
  expect((await read(storage, key, json('PUT', { state: 'OFF' }))).status).toBe(400);
  expect((await read(storage, key, json('PUT', { state: 'INACTIVE', etag: 'x' }))).status).toBe(412);
  expect((await read(storage, key, json('PUT', { state: 'INACTIVE' }))).body).toMatchObject({
    state: 'INACTIVE',
  });
  expect((await read(storage, key, { method: 'DELETE' })).status).toBe(204);
  expect((await read(storage, key)).status).toBe(404);
});

test('what is not served says so', async () => {
  const storage = await startStorage();
  await storage.put('x', '');
  for (const path of ['/b/pillbox/acl', '/b/pillbox/defaultObjectAcl/allUsers', '/b/pillbox/o/x/acl']) {
    expect(await read(storage, path)).toMatchObject({ status: 501, body: { error: { code: 501 } } });
  }
  expect((await read(storage, '/b/pillbox/o/x/restore', { method: 'POST' })).status).toBe(501);
  expect((await read(storage, '/b/pillbox/o?softDeleted=true')).status).toBe(501);
  expect((await read(storage, '/projects/p/serviceAccount')).body.email_address).toMatch(/@/);
});

test('a folder of the first version, which knew names only, is taken over', () => {
  const state = new DatabaseSync(':memory:');
  state.exec(`CREATE TABLE buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT`);
  state.exec(`INSERT INTO buckets VALUES ('old', 5)`);
  for (const table of [openBucketTable(state, systemClock), openBucketTable(state, systemClock)]) {
    expect(table.get('old')).toEqual({
      name: 'old',
      createdMs: 5,
      updatedMs: 5,
      metageneration: 1,
      settings: {},
      policy: undefined,
    });
  }
});
