/** Emulators of Cloud Tasks that speak gRPC alone: Google's client for them, and a bridge for our adapter, which speaks REST. */

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { CloudTasksClient } from '@google-cloud/tasks';
import { PassThroughClient } from 'google-auth-library';
import * as z from 'zod';
import type { OpenCloud } from '../contracts/storage-client.contract.ts';

type ClientOptions = NonNullable<ConstructorParameters<typeof CloudTasksClient>[0]>;

/** Of the client's own: credentials of another copy of the library would not be taken. */
function insecureCredentials(): ClientOptions['sslCreds'] {
  const ofClient = createRequire(createRequire(import.meta.url).resolve('@google-cloud/tasks'));
  return ofClient('google-gax').grpc.credentials.createInsecure();
}

/** @param origin such as http://127.0.0.1:8123. */
export function grpcClient(origin: string): CloudTasksClient {
  const port = Number(new URL(origin).port);
  const sslCreds = insecureCredentials();
  return new CloudTasksClient({
    servicePath: '127.0.0.1',
    port,
    projectId: 'p',
    authClient: new PassThroughClient(),
    ...(sslCreds !== undefined && { sslCreds }),
  });
}

const taskSchema = z.object({
  task: z.object({
    name: z.string().optional(),
    scheduleTime: z.iso.datetime().optional(),
    httpRequest: z.object({
      url: z.string(),
      httpMethod: z.union([z.literal('POST'), z.literal(1)]).transform(() => 'POST' as const),
      headers: z.record(z.string(), z.string()),
      body: z.string().transform((base64) => Buffer.from(base64, 'base64')),
    }),
  }),
});

/** The HTTP code and the name of the status of a gRPC error, by its number; others are 500. */
const ERRORS: Readonly<Record<number, readonly [httpCode: number, status: string]>> = {
  3: [400, 'INVALID_ARGUMENT'],
  5: [404, 'NOT_FOUND'],
  6: [409, 'ALREADY_EXISTS'],
  9: [400, 'FAILED_PRECONDITION'],
};

/** Takes `POST /v2/QUEUE/tasks`, the one call that the adapter makes, and hands it on over gRPC. */
export async function startBridge(client: CloudTasksClient): Promise<OpenCloud> {
  const server = createServer(async (request, response) => {
    const { code, answer } = await createTask(client, request).then(
      (task) => ({ code: 200, answer: task }),
      toAnswer,
    );
    response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function createTask(client: CloudTasksClient, request: IncomingMessage): Promise<object> {
  const parent = /^\/v2\/(projects\/[^?]+)\/tasks(?:\?|$)/.exec(request.url ?? '')?.[1];
  if (parent === undefined) throw Object.assign(new Error('only tasks are created here'), { code: 5 });
  const { task } = taskSchema.parse(JSON.parse(Buffer.concat(await request.toArray()).toString()));
  const [created] = await client.createTask({
    parent,
    task: {
      name: task.name ?? null,
      httpRequest: task.httpRequest,
      scheduleTime: task.scheduleTime === undefined ? null : toTimestamp(task.scheduleTime),
    },
  });
  return { name: created.name };
}

function toTimestamp(time: string): { seconds: number; nanos: number } {
  const ms = Date.parse(time);
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}

function toAnswer(error: unknown): { code: number; answer: object } {
  const grpcCode = error instanceof Error && 'code' in error ? Number(error.code) : 13;
  const [code, status] = ERRORS[grpcCode] ?? [500, 'INTERNAL'];
  const message = error instanceof Error ? error.message : 'unknown';
  return { code, answer: { error: { code, status, message } } };
}
