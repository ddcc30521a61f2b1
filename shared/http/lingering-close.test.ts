import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { lingeringClose } from './lingering-close.ts';

const MIB = 1024 * 1024;
const PATIENT_MS = 60_000;

/** A connection on which a body of 64 MiB was announced and begun, to a server that answers at once. */
async function refused(lingerMs: number) {
  const server = createServer((incoming, outgoing) => {
    lingeringClose(incoming, outgoing, lingerMs);
    outgoing.writeHead(413).end('too large');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  // Half open: what the client does when the server has said its last is up to the test.
  const options = { port: (server.address() as AddressInfo).port, host: '127.0.0.1', allowHalfOpen: true };
  const client = connect(options);
  const errors: Error[] = [];
  client.on('error', (error) => errors.push(error));
  const answer = text(client);
  const accepted = once(server, 'connection');
  client.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${64 * MIB}\r\n\r\n`);
  const [socket] = await accepted;
  // A body that ends too early is an error of the connection, too.
  const closed = new Promise((resolve) => socket.once('close', resolve));
  return { client, answer, errors, closed };
}

test('what still comes after the answer is read away, until the client closes', async () => {
  const { client, answer, errors, closed } = await refused(PATIENT_MS);
  expect(await answer).toMatch(/^HTTP\/1\.1 413 .*connection: close.*too large/is);
  // More than the buffers of both sides hold: without a reader it would not all be taken.
  for (let count = 0; count < 48; count += 1) {
    await new Promise((resolve) => client.write(Buffer.alloc(MIB), resolve));
  }
  client.end();
  await closed;
  expect(errors).toEqual([]);
});

test('a client that never closes is closed', async () => {
  const { answer, closed } = await refused(20);
  expect(await answer).toContain('too large');
  await closed;
});
