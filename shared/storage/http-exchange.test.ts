import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { exchange } from './http-exchange.ts';

/** What a server may be silent for; long enough for one on a busy machine to answer within it. */
const QUIET_MS = 1_000;

async function serve(answers: boolean): Promise<URL> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => answers && response.end('ok'));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

async function* slowly(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('a');
  await sleep(2 * QUIET_MS);
  yield Buffer.from('b');
}

test('a body may pause for longer than a server may', async () => {
  const url = await serve(true);
  const answer = await exchange({ method: 'POST', url, headers: {}, body: slowly() }, QUIET_MS);
  expect(answer.statusCode).toBe(200);
  answer.resume();
});

test.each([
  ['a whole body', 'x'],
  ['a streamed body', undefined],
  ['no body', null],
])('a server that does not answer is given up: %s', async (_name, body) => {
  const url = await serve(false);
  const request = { method: 'POST' as const, url, headers: {} };
  const sent = exchange(body === null ? request : { ...request, body: body ?? slowly() }, QUIET_MS);
  await expect(sent).rejects.toMatchObject({ code: 'ETIMEDOUT' });
});
