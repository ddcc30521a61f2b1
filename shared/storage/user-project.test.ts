import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32c } from '@node-rs/crc32';
import { expect, onTestFinished, test } from 'vitest';
import { encodeCrc32c } from './crc32c.ts';
import { openGoogleStore } from './google-object-store.ts';
import type { ObjectStore } from './object-store.ts';

/** A bucket that answers every request as if all were well, and remembers who was to pay for it. */
async function openWitness(options?: { userProject?: string }) {
  const asked: { method: string; payer: string | null }[] = [];
  const resource = { name: 'x', generation: '7', size: '4', crc32c: encodeCrc32c(crc32c('text')) };
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://storage');
    asked.push({ method: request.method ?? '', payer: searchParams.get('userProject') });
    request.resume();
    request.on('end', () => {
      if (request.method === 'DELETE') return response.writeHead(204).end();
      if (searchParams.get('alt') === 'media') return response.end('text');
      response.writeHead(200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ ...resource, items: [resource] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, store: openGoogleStore({ endpoint, projectId: 'own' })('other', options) };
}

async function useAllMethods(store: ObjectStore): Promise<void> {
  await store.create('x', 'text');
  await store.stat('x');
  for await (const _ of store.read('x')) expect(_.byteLength).toBe(4);
  for await (const _ of store.read('x', { startByte: 1, endByteExclusive: 1 })) expect.fail('read nothing');
  for await (const { name } of store.list('x')) expect(name).toBe('x');
  await store.compose('x', [{ name: 'x', generation: '7' }]);
  await store.delete('x');
}

test('every request names the project that pays', async () => {
  const { asked, store } = await openWitness({ userProject: 'payer-project' });
  await useAllMethods(store);
  expect(asked.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET', 'GET', 'POST', 'DELETE']);
  expect(asked.filter(({ payer }) => payer !== 'payer-project')).toEqual([]);
});

test('no request names one where none is given', async () => {
  const { asked, store } = await openWitness();
  await useAllMethods(store);
  expect(asked).toHaveLength(7);
  expect(asked.filter(({ payer }) => payer !== null)).toEqual([]);
});
