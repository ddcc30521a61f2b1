import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openGoogleStore } from '../../../../shared/storage/google-object-store.ts';
import { parseCloudConfig } from '../cloud-config-file.ts';
import { startLocalCloud } from '../local-cloud.ts';

test('an object that is written or composed is told of once; one that is refused or deleted is not', async () => {
  const seen: { name: string; generation: string }[] = [];
  const server = createServer(async (request, response) => {
    seen.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-events-'));
  const type = 'google.cloud.storage.object.v1.finalized';
  const config = {
    buckets: ['pillbox'],
    eventTriggers: [{ bucket: 'pillbox', type, objectPattern: 'in/*', url }],
  };
  const cloud = await startLocalCloud({ dir, port: 0, ...parseCloudConfig(config), log: () => {} });
  onTestFinished(async () => {
    await cloud.close();
    server.closeAllConnections();
    server.close();
    await rm(dir, { recursive: true });
  });

  const store = openGoogleStore({ endpoint: cloud.origin })('pillbox');
  const written = await store.create('in/a', 'text');
  await expect(store.create('in/a', 'text', { ifGenerationMatch: '0' })).rejects.toThrow('precondition');
  await store.create('elsewhere/a', 'text');
  const composed = await store.compose('in/b', [{ name: 'in/a', generation: written.generation }]);
  await store.delete('in/a');
  const last = await store.create('in/last', 'text');

  const expected = [written, composed, last].map(({ name, generation }) => ({ name, generation }));
  await expect.poll(() => seen.map(({ name, generation }) => ({ name, generation }))).toEqual(expected);
});
