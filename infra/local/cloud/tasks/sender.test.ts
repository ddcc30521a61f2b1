import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createTestClock } from '../clock.ts';
import { createSender, type Outgoing } from './sender.ts';

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/work`;
}

function open() {
  const clock = createTestClock(0);
  const sender = createSender(clock);
  onTestFinished(() => sender.close());
  const send = (url: string, more: Partial<Outgoing> = {}) =>
    sender.send({ url, method: 'POST', headers: {}, body: Buffer.from('{}'), deadlineMs: 1000, ...more });
  return { clock, sender, send };
}

test('sends method, headers and body, and uses its connection again', async () => {
  const seen: unknown[] = [];
  const ports = new Set<number | undefined>();
  const url = await listen(async (request, response) => {
    ports.add(request.socket.remotePort);
    const chunks = await request.toArray();
    seen.push([request.method, request.url, request.headers['x-a'], Buffer.concat(chunks).toString()]);
    response.end('answer');
  });
  const { send } = open();
  const answer = await send(url, { headers: { 'x-a': 'b' } });
  await send(url, { method: 'PUT' });
  await send(url, { method: 'GET', body: Buffer.alloc(0) });
  expect(answer).toEqual({ httpStatus: 200, retryAfterMs: undefined });
  expect(seen).toEqual([
    ['POST', '/work', 'b', '{}'],
    ['PUT', '/work', undefined, '{}'],
    ['GET', '/work', undefined, ''],
  ]);
  expect(ports.size).toBe(1);
});

test('an endless answer is read no further than a bound', async () => {
  const url = await listen((_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  });
  expect(await open().send(url)).toMatchObject({ httpStatus: 200 });
});

test('the deadline ends an attempt, also one whose answer has begun', async () => {
  const arrived: (() => void)[] = [];
  const url = await listen((request, response) => {
    if (request.headers['x-begin'] === 'yes') response.writeHead(200).write('half');
    arrived.shift()?.();
  });
  const { clock, send } = open();
  for (const begin of ['no', 'yes']) {
    const isThere = new Promise<void>((resolve) => arrived.push(resolve));
    const answer = send(url, { headers: { 'x-begin': begin }, deadlineMs: 15_000 });
    await isThere;
    clock.advance(14_999);
    clock.advance(1);
    expect(await answer).toEqual({ failure: 'no answer within 15 s', isLate: true });
  }
});

test('an answer cut short is none, whatever its status', async () => {
  const url = await listen((_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('half', () => response.destroy());
  });
  expect(await open().send(url)).toEqual({ failure: 'ECONNRESET' });
});

test.each([
  ['7', 7000],
  [new Date(20_000).toUTCString(), 20_000],
  ['soon', undefined],
])('Retry-After %s', async (value, retryAfterMs) => {
  const url = await listen((_request, response) => {
    response.writeHead(503, { 'retry-after': value }).end();
  });
  expect(await open().send(url)).toEqual({ httpStatus: 503, retryAfterMs });
});

test('neither a dead target nor a header that HTTP cannot carry makes it throw', async () => {
  const { send } = open();
  expect(await send('http://127.0.0.1:1/')).toEqual({ failure: 'ECONNREFUSED' });
  expect(await send('http://127.0.0.1:1/', { headers: { 'x-a': 'b\nc' } })).toEqual({
    failure: 'ERR_INVALID_CHAR',
  });
});

test('closing cuts what is under way', async () => {
  const { sender, send } = open();
  const url = await listen(() => sender.close());
  expect(await send(url)).toEqual({ failure: 'ECONNRESET' });
});

test('follows redirects as fetch does, without credentials to another origin', async () => {
  const elsewhere = await listen((request, response) => {
    seen.push([request.method, 'elsewhere', request.headers.authorization]);
    response.end();
  });
  const seen: unknown[] = [];
  const url = await listen(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    seen.push([request.method, request.url, request.headers.authorization, body]);
    const [, status = '200', to] = /^\/(\d+)\/(.*)$/.exec(request.url ?? '') ?? [];
    if (to !== undefined) response.setHeader('location', to === 'elsewhere' ? elsewhere : `/${to}`);
    response.writeHead(Number(status)).end();
  });
  const { send } = open();
  const base = new URL(url).origin;
  const more = { headers: { authorization: 'Bearer x' }, followsRedirects: true };
  expect(await send(`${base}/302/307/end`, more)).toMatchObject({ httpStatus: 200 });
  expect(await send(`${base}/308/end`, more)).toMatchObject({ httpStatus: 200 });
  expect(await send(`${base}/301/elsewhere`, more)).toMatchObject({ httpStatus: 200 });
  expect(seen).toEqual([
    ['POST', '/302/307/end', 'Bearer x', '{}'],
    ['GET', '/307/end', 'Bearer x', ''],
    ['GET', '/end', 'Bearer x', ''],
    ['POST', '/308/end', 'Bearer x', '{}'],
    ['POST', '/end', 'Bearer x', '{}'],
    ['POST', '/301/elsewhere', 'Bearer x', '{}'],
    ['GET', 'elsewhere', undefined],
  ]);
});

test('a redirect that leads nowhere, in a circle, or is not to be followed is the answer', async () => {
  let asked = 0;
  const url = await listen((request, response) => {
    asked += 1;
    const to = request.headers['x-to'];
    response.writeHead(302, to === undefined ? {} : { location: String(to) }).end();
  });
  const { send } = open();
  for (const to of ['file:///etc/passwd', 'http://[', 'gopher://x/']) {
    const answer = await send(url, { headers: { 'x-to': to }, followsRedirects: true });
    expect(answer).toMatchObject({ httpStatus: 302 });
  }
  expect(await send(url, { followsRedirects: true })).toMatchObject({ httpStatus: 302 });
  expect(await send(url, { headers: { 'x-to': '/' } })).toMatchObject({ httpStatus: 302 });
  expect(asked).toBe(5);
  expect(await send(url, { headers: { 'x-to': '/' }, followsRedirects: true })).toMatchObject({
    httpStatus: 302,
  });
  expect(asked).toBe(5 + 21);
});
