/** Customer-supplied encryption keys. */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { startStorage } from './storage-under-test.ts';

function keyHeaders(seed: string, prefix = 'x-goog-encryption'): Record<string, string> {
  const key = createHash('sha256').update(seed).digest();
  return {
    [`${prefix}-algorithm`]: 'AES256',
    [`${prefix}-key`]: key.toString('base64'),
    [`${prefix}-key-sha256`]: createHash('sha256').update(key).digest('base64'),
  };
}

const UPLOAD = '/upload/b/pillbox/o?uploadType=media&name=x';

test('what was written with a key is read, composed and copied with it alone', async () => {
  const { call } = await startStorage();
  const [one, two] = [keyHeaders('one'), keyHeaders('two')];
  const made = await (await call(UPLOAD, { method: 'POST', headers: one, body: 'data' })).json();
  expect(made.customerEncryption).toEqual({
    encryptionAlgorithm: 'AES256',
    keySha256: one['x-goog-encryption-key-sha256'],
  });
  const media = async (headers: Record<string, string>) => {
    const response = await call('/b/pillbox/o/x?alt=media', { headers });
    return response.status === 200 ? response.text() : (await response.json()).error.errors[0].reason;
  };
  expect(await media(one)).toBe('data');
  expect(await media(two)).toBe('resourceIsEncryptedWithCustomerEncryptionKey');
  expect(await media({})).toBe('resourceIsEncryptedWithCustomerEncryptionKey');

  const compose = (headers: Record<string, string>) =>
    call('/b/pillbox/o/xx/compose', {
      method: 'POST',
      headers,
      body: JSON.stringify({ sourceObjects: [{ name: 'x' }, { name: 'x' }] }),
    });
  expect((await compose({})).status).toBe(400);
  expect((await compose(one)).status).toBe(200);

  const rotate = (headers: Record<string, string>) =>
    call('/b/pillbox/o/x/rewriteTo/b/pillbox/o/x', { method: 'POST', headers });
  expect((await rotate(two)).status).toBe(400);
  expect((await rotate({ ...two, ...keyHeaders('one', 'x-goog-copy-source-encryption') })).status).toBe(200);
  expect(await media(two)).toBe('data');
  expect(await media(one)).toBe('resourceIsEncryptedWithCustomerEncryptionKey');
});

test.each<[string, Record<string, string>]>([
  ['another algorithm', { ...keyHeaders('a'), 'x-goog-encryption-algorithm': 'AES128' }],
  ['a short key', { ...keyHeaders('a'), 'x-goog-encryption-key': 'AAAA' }],
  ['a hash of another key', { ...keyHeaders('a'), 'x-goog-encryption-key-sha256': 'AAAA' }],
  ['a hash alone', { 'x-goog-encryption-key-sha256': 'AAAA' }],
])('%s is refused', async (_what, headers) => {
  const { call, blobs } = await startStorage();
  expect((await call(UPLOAD, { method: 'POST', headers, body: 'data' })).status).toBe(400);
  expect(await blobs()).toEqual([]);
});

test('a plain object takes no key', async () => {
  const { call, put } = await startStorage();
  await put('x', 'data');
  const response = await call('/b/pillbox/o/x?alt=media', { headers: keyHeaders('a') });
  expect((await response.json()).error.errors[0].reason).toBe(
    'resourceNotEncryptedWithCustomerEncryptionKey',
  );
});
