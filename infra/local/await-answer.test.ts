import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { awaitAnswer, discard, PATIENCE_MS } from './await-answer.ts';

/** Nobody listens there; port 1 is one that fetch does not even try. */
const NOBODY = 'http://127.0.0.1:2';
/** Far more than a loaded machine needs: what ends before it ends for another reason. */
const LONG_MS = 120_000;

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => void sockets.add(socket.on('error', () => {})));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (answer: (request: IncomingMessage, response: ServerResponse) => void) =>
  listen(createServer(answer));

test('a server is busy for seconds before it is silent', () => {
  expect(PATIENCE_MS).toBeGreaterThanOrEqual(10_000);
});

test('whatever its status, an answer is one', async () => {
  const origin = await answering((_, response) => response.writeHead(503).end('busy'));
  const read = async (response: Response) => `${response.status} ${await response.text()}`;
  expect(await awaitAnswer(origin, read, LONG_MS)).toEqual({ state: 'answered', value: '503 busy' });
});

test('one that is late is waited for', async () => {
  const origin = await answering((_, response) => void setTimeout(() => response.end(), 200));
  expect(await awaitAnswer(origin, discard, LONG_MS)).toMatchObject({ state: 'answered' });
});

test('one that cuts its connections is asked again, in the middle of an answer too', async () => {
  let asked = 0;
  const origin = await answering((request, response) => {
    asked += 1;
    if (asked === 1) request.socket.destroy();
    else if (asked === 2)
      response.writeHead(200, { 'content-length': 9 }).write('ha', () => response.destroy());
    else response.end('whole');
  });
  const answer = await awaitAnswer(origin, (response) => response.text(), LONG_MS);
  expect({ answer, asked }).toEqual({ answer: { state: 'answered', value: 'whole' }, asked: 3 });
});

test('a refused connection is known at once', async () => {
  expect(await awaitAnswer(NOBODY, discard, LONG_MS)).toEqual({ state: 'refused' });
});

test.each([
  ['says nothing', () => {}],
  ['ends every connection', (socket: Socket) => void socket.destroy()],
  [
    'never ends its answer',
    (socket: Socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx'),
  ],
])('one that %s is silent', async (_, act) => {
  const origin = await listen(createSocketServer(act));
  expect(await awaitAnswer(origin, (response) => response.text(), 60)).toEqual({ state: 'silent' });
});

test('what speaks another protocol, or is nowhere, fails', async () => {
  const origin = await listen(createSocketServer((socket) => void socket.end('220 ready\r\n')));
  expect(await awaitAnswer(origin, discard, LONG_MS)).toMatchObject({ state: 'failed' });
  expect(await awaitAnswer('gopher://127.0.0.1', discard, LONG_MS)).toMatchObject({ state: 'failed' });
});
