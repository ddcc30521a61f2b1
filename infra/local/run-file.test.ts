import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { findRun, readRunFile, removeRunFile, writeRunFile } from './run-file.ts';

/** Nobody listens there; port 1 is one that fetch does not even try. */
const NOBODY = 'http://127.0.0.1:2';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-run-'));
  return () => rm(dir, { recursive: true });
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const runAt = (cloud: string, pid = process.pid) => ({ pid, edge: NOBODY, cloud, boxes: NOBODY });

/** Holds every connection, and never says a word. */
const listenSilently = () =>
  listen(createSocketServer((socket) => onTestFinished(() => void socket.on('error', () => {}).destroy())));

test('a Pillbox runs where its process lives and its cloud answers, if only with a 404', async () => {
  const cloud = await listen(createServer((_request, response) => response.writeHead(404).end('{}')));
  await writeRunFile(dir, runAt(cloud));
  expect(await findRun(dir)).toEqual({ state: 'running', run: runAt(cloud) });
  expect(await readRunFile(dir)).toEqual(runAt(cloud));
  await removeRunFile(dir);
  expect(await findRun(dir)).toEqual({ state: 'none' });
  expect(await readRunFile(dir)).toBeUndefined();
});

test('a process of the same number whose cloud is gone is another one', async () => {
  await writeRunFile(dir, runAt(NOBODY));
  expect(await findRun(dir)).toEqual({ state: 'ended' });
});

test('a process that is gone has ended, whoever listens in its place', async () => {
  const gone = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(gone, 'close');
  await writeRunFile(dir, runAt(await listenSilently(), gone.pid));
  expect(await findRun(dir)).toEqual({ state: 'ended' });
  expect(await readRunFile(dir)).toBeUndefined();
});

test('a process that lives, with a cloud that takes connections and says nothing, has not ended', async () => {
  const cloud = await listenSilently();
  await writeRunFile(dir, runAt(cloud));
  expect(await findRun(dir, 50)).toEqual({ state: 'silent', run: runAt(cloud) });
  expect(await readRunFile(dir)).toEqual(runAt(cloud));
});

test('a file that is no run file', async () => {
  for (const text of ['', '{', '{"pid":1}', 'null']) {
    await writeFile(join(dir, 'run.json'), text);
    expect(await findRun(dir)).toEqual({ state: 'ended' });
    expect(await readRunFile(dir)).toBeUndefined();
  }
});
