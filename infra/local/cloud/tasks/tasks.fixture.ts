/** What the tests of the Cloud Tasks API share: the API on a port, and a target that tasks are sent to. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../clock.ts';
import { startServer } from '../server.ts';
import { parseQueueConfig } from './queue-config.ts';
import { createTasks } from './tasks.ts';

export const PARENT = 'projects/p/locations/l';
export const QUEUE = `${PARENT}/queues/q`;
/** Asks for enums as numbers, as Google's clients do where they speak JSON. */
export const NUMBERS = '?$alt=json%3Benum-encoding=int';

type Json = Record<string, unknown>;

/** The API on a port, with one queue; a task is sent from it only with `start`. */
export async function open({ start = false, clock = systemClock }: { start?: boolean; clock?: Clock } = {}) {
  const tasks = createTasks({
    state: new DatabaseSync(':memory:'),
    clock,
    queues: [parseQueueConfig({ name: QUEUE, retryConfig: { minBackoff: '0.01s' } })],
    log: () => {},
  });
  const server = await startServer({ port: 0, apis: tasks.apis, log: console.error });
  if (start) tasks.start();
  onTestFinished(async () => {
    await tasks.stop();
    await server.close();
  });
  async function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json }> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${server.origin}/v2/${path}`, { method, body: text ?? null });
    return { status: response.status, json: (await response.json()) as Json };
  }
  return { call };
}

/** A target that answers with each status in turn, and then 200. */
export async function listen(...statuses: number[]) {
  const seen: { url: string | undefined; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    seen.push({ url: request.url, headers: request.headers, body });
    response.writeHead(statuses[seen.length - 1] ?? 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/work?a=b`, seen };
}

export const taskTo = (url: string, more: Json = {}, request: Json = {}) => ({
  task: { httpRequest: { url, body: Buffer.from('{"a":1}').toString('base64'), ...request }, ...more },
});
