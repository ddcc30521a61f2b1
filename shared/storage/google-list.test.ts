import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openGoogleStore } from './google-object-store.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

/** A server of pages that hold one object each; returns which pages were asked for. */
async function servePages(): Promise<{ endpoint: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? '', 'http://localhost');
    const page = Number(searchParams.get('pageToken') ?? 0);
    asked.push(`${searchParams.get('prefix')}${page}`);
    const items = [{ name: NAMES[page], generation: '1', size: '0', crc32c: 'AAAAAA==' }];
    const rest = page + 1 < NAMES.length ? { nextPageToken: String(page + 1) } : {};
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ items, ...rest }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('a list of many pages gives each object once, and asks for a page only when it is wanted', async () => {
  const { endpoint, asked } = await servePages();
  const store = openGoogleStore({ endpoint, projectId: 'test' })('bucket');
  const names: string[] = [];
  for await (const { name } of store.list('p/')) {
    names.push(name);
    expect(asked).toHaveLength(names.length);
  }
  expect(names).toEqual(NAMES);
  expect(asked).toEqual(['p/0', 'p/1', 'p/2', 'p/3', 'p/4']);
});
