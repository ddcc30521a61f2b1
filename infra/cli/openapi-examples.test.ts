import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { readSampleRequests } from './openapi-examples.ts';

async function serve(document: unknown): Promise<string> {
  const server = createServer((_, response) => response.end(JSON.stringify(document))).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('every POST with a JSON example, at its path below the function; nothing else', async () => {
  const post = (content: object) => ({ post: { requestBody: { required: true, content } } });
  const origin = await serve({
    paths: {
      '/heart/tabular': { get: {}, ...post({ 'application/json': { schema: {}, example: { age: 1 } } }) },
      '/other': post({ 'application/x+json': { example: null } }),
      '/heart/ecg': post({ 'image/jpeg': { schema: {} } }),
      '/heart/plain': post({ 'text/plain': { example: 'x' } }),
      '/heart/without': { post: {} },
      '/heart': { get: {} },
    },
  });
  expect(await readSampleRequests(origin, 'heart')).toEqual([
    { path: '/tabular', contentType: 'application/json', body: '{"age":1}' },
    { path: '/other', contentType: 'application/x+json', body: 'null' },
  ]);
});
