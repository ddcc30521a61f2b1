/** What the commands say of a Pillbox or a cloud that is there and does not answer: never that it has ended. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRunFile } from '../local/run-file.ts';
import { askInstance, readCloudFile, writeCloudFile } from './cloud/cloud-file.ts';
import { expectAnswer, findRunning } from './cloud-options.ts';

const WAIT_MS = 50;
/** Nobody listens there; port 1 is one that fetch does not even try. */
const NOBODY = 'http://127.0.0.1:2';
const sockets = new Set<Socket>();
const server = createServer((socket) => void sockets.add(socket.on('error', () => {})));
let silent = '';
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-silent-'));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  silent = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await rm(dir, { recursive: true });
});

test('a Pillbox that is silent: failed, not absent, and what to do', async () => {
  await writeRunFile(dir, { pid: process.pid, edge: silent, cloud: silent, boxes: silent });
  const error = await findRunning(dir, '', WAIT_MS).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    exitCode: 1,
    message: expect.stringContaining(`does not answer at ${silent}`),
  });
  expect(error).toMatchObject({
    message: expect.stringMatching(new RegExp(`process ${process.pid} .*remove`)),
  });
  expect(error).not.toMatchObject({ message: expect.stringContaining('ended') });
});

test('an endpoint that is silent differs from one where nothing listens', async () => {
  const busy = { exitCode: 1, message: `${silent} does not answer: it is busy or hangs; try again` };
  await expect(expectAnswer(silent, WAIT_MS)).rejects.toMatchObject(busy);
  const absent = { exitCode: 3, message: expect.stringContaining(`nothing answers at ${NOBODY}`) };
  await expect(expectAnswer(NOBODY)).rejects.toMatchObject(absent);
  await expect(expectAnswer('nowhere')).rejects.toMatchObject({ exitCode: 2 });
});

test('a "pillbox cloud" likewise: gone when it is refused, or when its process is', async () => {
  const file = { pid: process.pid, cloud: silent, instanceId: 'one' };
  await writeCloudFile(dir, file);
  const busy = { exitCode: 1, message: expect.stringContaining(`cloud at ${silent} does not answer`) };
  await expect(readCloudFile(dir, WAIT_MS)).rejects.toMatchObject(busy);
  // The largest number that a process may have is 2^22: no process has this one.
  await writeCloudFile(dir, { ...file, pid: 2 ** 30 });
  expect(await readCloudFile(dir, WAIT_MS)).toBeUndefined();
  await writeCloudFile(dir, { ...file, cloud: NOBODY });
  expect(await readCloudFile(dir)).toBeUndefined();
  expect(await askInstance(NOBODY)).toBeUndefined();
  for (const text of ['', '{', 'null', '{"pid":"x"}']) {
    await writeFile(join(dir, 'cloud.json'), text);
    expect(await readCloudFile(dir)).toBeUndefined();
  }
});
