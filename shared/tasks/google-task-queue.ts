/** The task queue on Cloud Tasks, or on a server that speaks its REST API, through Google's client. */

import { createHash } from 'node:crypto';
import type { CloudTasksClient } from '@google-cloud/tasks';
import { RetryableError } from '../errors/retryable-error.ts';
import { MAX_TASK_BODY_BYTES, type Task, type TaskQueue } from './task-queue.ts';

export interface GoogleQueueOptions {
  /** Origin of a local cloud, which asks for no credentials; absent = Google, with its default credentials. */
  readonly endpoint?: string | undefined;
  readonly projectId: string;
  readonly location: string;
  /** Where boxes are reached; `{box}` is replaced by the box's name. */
  readonly boxUrl: string;
  /** Its OIDC token is sent along with each task; absent = none. */
  readonly serviceAccount?: string | undefined;
}

type TaskRequest = Parameters<CloudTasksClient['createTask']>[0];

/** The client keeps about 4 KB of each call, answered or not, until its time is up: its own 20 s would fill a box. */
const CALL_TIMEOUT_MS = 5_000;

/** Some tools write the braces of a URL percent-encoded. */
const BOX_PLACEHOLDER = /\{box\}|%7Bbox%7D/i;

/** The gRPC status of a name that is taken, or was within about the last hour. */
const ALREADY_EXISTS = 6;

/** The client is loaded and made at the first task: it is heavy, and many requests send none. */
export function openGoogleQueue(options: GoogleQueueOptions): TaskQueue {
  let client: Promise<CloudTasksClient> | undefined;
  return {
    async enqueue(task) {
      const request = toRequest(task, options);
      client ??= createClient(options);
      try {
        await (await client).createTask(request, { timeout: CALL_TIMEOUT_MS });
        return 'created';
      } catch (cause) {
        const status = rpcStatus(cause);
        if (status === ALREADY_EXISTS) return 'already-exists';
        const message = `queue ${task.box}: the task was not taken (gRPC status ${status ?? 'unknown'})`;
        throw new RetryableError('tasks-unavailable', message, { cause });
      }
    },
  };
}

async function createClient({ endpoint, projectId }: GoogleQueueOptions): Promise<CloudTasksClient> {
  const { v2 } = await import('@google-cloud/tasks');
  if (endpoint === undefined) return new v2.CloudTasksClient({ projectId, fallback: true });
  const { createAnonymousClient } = await import('./anonymous-client.ts');
  const { hostname, port, protocol } = new URL(endpoint);
  return new v2.CloudTasksClient({
    projectId,
    fallback: true,
    protocol: protocol.slice(0, -1),
    apiEndpoint: hostname,
    port: Number(port),
    authClient: createAnonymousClient(),
  });
}

function toRequest(task: Task, options: GoogleQueueOptions): TaskRequest {
  const body = Buffer.from(JSON.stringify(task.body));
  if (body.byteLength > MAX_TASK_BODY_BYTES) {
    throw new RangeError(`a task body may hold ${MAX_TASK_BODY_BYTES} bytes, not ${body.byteLength}`);
  }
  const { projectId, location, boxUrl, serviceAccount } = options;
  const parent = `projects/${projectId}/locations/${location}/queues/${task.box}`;
  const box = boxUrl.replace(BOX_PLACEHOLDER, task.box);
  return {
    parent,
    task: {
      ...(task.key !== undefined && { name: `${parent}/tasks/${hashKey(task.key)}` }),
      ...(task.scheduleTime !== undefined && { scheduleTime: toTimestamp(task.scheduleTime) }),
      httpRequest: {
        httpMethod: 'POST',
        url: box + task.path,
        headers: { 'content-type': 'application/json' },
        body: body.toString('base64'),
        ...(serviceAccount !== undefined && {
          oidcToken: { serviceAccountEmail: serviceAccount, audience: new URL(box).origin },
        }),
      },
    },
  };
}

function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function toTimestamp(time: Date): { seconds: number; nanos: number } {
  const ms = time.getTime();
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1e6 };
}

function rpcStatus(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
