import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { readRunFile, removeRunFile, writeRunFile } from './run-file.ts';

const NOBODY = 'http://127.0.0.1:1';

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

test('a Pillbox runs where its process lives and its cloud answers, if only with a 404', async () => {
  const cloud = await listen(createServer((_request, response) => response.writeHead(404).end('{}')));
  await writeRunFile(dir, runAt(cloud));
  expect(await readRunFile(dir)).toEqual(runAt(cloud));
  await removeRunFile(dir);
  expect(await readRunFile(dir)).toBeUndefined();
});

test('a process of the same number whose cloud is gone is another one', async () => {
  await writeRunFile(dir, runAt(NOBODY));
  expect(await readRunFile(dir)).toBeUndefined();
});

test('what takes connections and says nothing is given up after a second', async () => {
  const cloud = await listen(
    createSocketServer((socket) => onTestFinished(() => void socket.on('error', () => {}).destroy())),
  );
  await writeRunFile(dir, runAt(cloud));
  const askedMs = performance.now();
  expect(await readRunFile(dir)).toBeUndefined();
  expect(performance.now() - askedMs).toBeLessThan(4000);
});

test('a file that is no run file', async () => {
  for (const text of ['', '{', '{"pid":1}', 'null']) {
    await writeFile(join(dir, 'run.json'), text);
    expect(await readRunFile(dir)).toBeUndefined();
  }
});
