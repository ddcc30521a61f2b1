import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { openGoogleQueue } from './google-task-queue.ts';

/** A server in place of Cloud Tasks that notes what the client sends, and answers each call with `error` if given. */
async function listen(error?: { code: number; status: string }) {
  const seen: { method: string | undefined; path: string; task: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const { task } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const path = new URL(request.url ?? '', 'http://127.0.0.1').pathname;
    seen.push({ method: request.method, path, task });
    response.writeHead(error?.code ?? 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(error === undefined ? {} : { error: { ...error, message: error.status } }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const WHERE = { projectId: 'p', location: 'l', boxUrl: 'https://{box}-abc.a.run.app' };

test('what Cloud Tasks is asked for', async () => {
  const { endpoint, seen } = await listen();
  const queue = openGoogleQueue({ ...WHERE, endpoint, serviceAccount: 'tasks@p.iam.gserviceaccount.com' });
  const scheduleTime = new Date('2030-01-02T03:04:05.678Z');
  await queue.enqueue({ box: 'shard', path: '/shards', body: { shard: 1 }, key: 'a/b', scheduleTime });
  expect(seen).toEqual([
    {
      method: 'POST',
      path: '/v2/projects/p/locations/l/queues/shard/tasks',
      task: {
        name: expect.stringMatching(/^projects\/p\/locations\/l\/queues\/shard\/tasks\/[0-9a-f]{64}$/),
        scheduleTime: '2030-01-02T03:04:05.678Z',
        httpRequest: {
          // The number of POST.
          httpMethod: 1,
          url: 'https://shard-abc.a.run.app/shards',
          headers: { 'content-type': 'application/json' },
          body: Buffer.from('{"shard":1}').toString('base64'),
          oidcToken: {
            serviceAccountEmail: 'tasks@p.iam.gserviceaccount.com',
            audience: 'https://shard-abc.a.run.app',
          },
        },
      },
    },
  ]);
});

test('without key, time and account the task has no name, no time and no token', async () => {
  const { endpoint, seen } = await listen();
  const boxUrl = 'http://127.0.0.1:1/%7Bbox%7D';
  await openGoogleQueue({ ...WHERE, endpoint, boxUrl }).enqueue({ box: 'plan', path: '/sweep', body: {} });
  expect(seen[0]?.task).toEqual({
    httpRequest: expect.objectContaining({ url: 'http://127.0.0.1:1/plan/sweep' }),
  });
  expect(seen[0]?.task).not.toHaveProperty('httpRequest.oidcToken');
});

test.each([
  [{ code: 503, status: 'UNAVAILABLE' }, 14],
  [{ code: 429, status: 'RESOURCE_EXHAUSTED' }, 8],
  [{ code: 403, status: 'PERMISSION_DENIED' }, 7],
])('%j is worth a retry', async (error, grpcStatus) => {
  const { endpoint } = await listen(error);
  const enqueued = openGoogleQueue({ ...WHERE, endpoint }).enqueue({ box: 'plan', path: '/sweep', body: {} });
  await expect(enqueued).rejects.toMatchObject({
    name: 'RetryableError',
    code: 'tasks-unavailable',
    message: `queue plan: the task was not taken (gRPC status ${grpcStatus})`,
  });
});
