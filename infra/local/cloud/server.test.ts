import { request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import type { Api } from './api.ts';
import { startServer } from './server.ts';

async function serve(...apis: Api[]) {
  const lines: string[] = [];
  const server = await startServer({ port: 0, apis, log: (line) => lines.push(line) });
  onTestFinished(() => server.close());
  return { ...server, lines };
}

const knows =
  (path: string): Api =>
  async (_request, response, url) => {
    if (url.pathname !== path) return false;
    response.end(path);
    return true;
  };

test('the first API that knows the path answers; none, and it is a 404 in JSON', async () => {
  const { origin } = await serve(knows('/a'), knows('/b'));
  expect(await (await fetch(`${origin}/a`)).text()).toBe('/a');
  expect(await (await fetch(`${origin}/b?x=1`)).text()).toBe('/b');
  const unknown = await fetch(`${origin}/c`, { method: 'POST', body: 'x'.repeat(1_000_000) });
  expect(unknown.status).toBe(404);
  expect(await unknown.json()).toMatchObject({ error: { code: 404, status: 'NOT_FOUND' } });
});

test('a failure is a 500 and a line of the log, without the query', async () => {
  const { origin, lines } = await serve(async () => {
    throw new Error('out of order');
  });
  const response = await fetch(`${origin}/a?name=secret`);
  expect(response.status).toBe(500);
  expect(lines).toEqual([expect.stringMatching(/^GET \/a: Error: out of order/)]);
  expect(lines[0]).not.toContain('secret');
});

test('a failure of the folder is one line, which names it', async () => {
  const lines: string[] = [];
  const full = Object.assign(new Error('database or disk is full'), { errcode: 13 });
  const server = await startServer({
    port: 0,
    dir: '/data/cloud',
    apis: [() => Promise.reject(full)],
    log: (line) => lines.push(line),
  });
  onTestFinished(() => server.close());
  const answer = await fetch(`${server.origin}/v2/projects/p/locations/l/queues`);
  expect(await answer.json()).toMatchObject({ error: { code: 500, status: 'INTERNAL' } });
  expect(lines).toEqual([
    'GET /v2/projects/p/locations/l/queues: the folder /data/cloud cannot be used: the disk is full (SQLITE_FULL)',
  ]);
});

test.each([
  ['/storage/v1/b', '"domain":"global","reason":"backendError"', '"domain":"global","reason":"notFound"'],
  ['/bucket/object', '<Code>InternalError</Code>', '<Code>NoSuchBucket</Code>'],
  ['/v2/projects/p', '"status":"INTERNAL"', '"status":"NOT_FOUND"'],
  ['/_pillbox/nothing', '"status":"INTERNAL"', '"status":"NOT_FOUND"'],
])('%s is answered in the words of its API', async (path, failed, unknown) => {
  const failing = await serve(() => Promise.reject(new Error('out of order')));
  expect(await (await fetch(failing.origin + path)).text()).toContain(failed);
  const empty = await serve();
  expect(await (await fetch(empty.origin + path)).text()).toContain(unknown);
});

test('a malformed target is a 400', async () => {
  const { origin } = await serve(knows('/a'));
  const status = await new Promise((resolve, reject) => {
    const { port, hostname } = new URL(origin);
    request({ port, hostname, path: 'http://[' }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(400);
});

test('closing cuts connections that are open', async () => {
  const { origin, close } = await serve(async (_request, response) => {
    response.writeHead(200).write('never ends');
    return true;
  });
  const response = await fetch(origin);
  await close();
  await expect(response.text()).rejects.toThrow();
});

test.each([
  [{ host: 'evil.example' }, 403],
  [{ host: 'localhost', origin: 'https://evil.example' }, 403],
  [{ host: 'localhost', origin: 'http://localhost:3000' }, 200],
  [{ host: 'localhost', 'sec-fetch-site': 'cross-site' }, 403],
])('%j is answered %i: no page of the web may write here', async (headers, status) => {
  const { origin } = await serve(knows('/a'));
  const answered = await new Promise((resolve, reject) => {
    request(`${origin}/a`, { method: 'POST', headers }, (response) => resolve(response.resume().statusCode))
      .on('error', reject)
      .end();
  });
  expect(answered).toBe(status);
});
