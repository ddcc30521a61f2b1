/** The contract of the storage client, on the local cloud; and what the XML API says of an object that is zipped. */

import { gzipSync } from 'node:zlib';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { expect, test } from 'vitest';
import { openLocalCloud } from './open-local-cloud.ts';
import { storageClientContract } from './storage-client.contract.ts';

storageClientContract('local cloud', () => openLocalCloud());

test('what is zipped is sent as it was stored, whoever asks', async () => {
  const cloud = await openLocalCloud({ buckets: ['zipped'] });
  const storage = new Storage({
    apiEndpoint: cloud.origin,
    projectId: 'p',
    authClient: new PassThroughClient(),
  });
  const text = 'zipped '.repeat(1000);
  await storage.bucket('zipped').file('zipped').save(text, { gzip: true });
  const response = await fetch(`${cloud.origin}/zipped/zipped`, {
    headers: { 'accept-encoding': 'identity' },
  });
  expect(response.headers.get('x-goog-stored-content-encoding')).toBe('gzip');
  expect(Number(response.headers.get('content-length'))).toBe(gzipSync(text).length);
  expect(await response.text()).toBe(text);
  await cloud.close();
});
