/** The object store contract: in memory, on the local cloud, and on any server that the environment names. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import { objectStoreContract } from './object-store.contract.ts';

objectStoreContract('memory', async () => ({ store: createMemoryStore(), close: async () => {} }));

objectStoreContract('local cloud, through the official client', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-store-'));
  const cloud = await startLocalCloud({ dir, port: 0, buckets: ['pillbox'] });
  return {
    store: openGoogleStore({ endpoint: cloud.origin })('pillbox'),
    async close() {
      await cloud.close();
      await rm(dir, { recursive: true });
    },
  };
});

const { PILLBOX_CONTRACT_STORAGE_ENDPOINT: endpoint, PILLBOX_CONTRACT_STORAGE_BUCKET: bucket } = process.env;
if (bucket !== undefined) {
  // Without an endpoint: Google itself, with the default credentials.
  objectStoreContract(`${bucket} at ${endpoint ?? 'Google'}`, async () => ({
    store: openGoogleStore({ endpoint })(bucket),
    close: async () => {},
  }));
}
