/** The HTTP side of the Cloud Tasks v2 REST API: which operation a request asks for, and JSON in and out. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Api } from '../api.ts';
import { invalidArgument, TasksError } from './api-error.ts';
import { operateOnQueue, operateOnQueues } from './queue-operations.ts';
import { operateOnTask, operateOnTasks } from './task-operations.ts';
import type { TasksCall, TasksContext } from './tasks-call.ts';
import { parseTasksPath, type TasksPath } from './tasks-path.ts';

/** A task of 1 MiB in base64, with room for the rest. */
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** How much of an oversized body is read so that the client sees the answer rather than a reset connection. */
const MAX_DRAINED_BYTES = 8 * 1024 * 1024;

export function createTasksApi(context: TasksContext): Api {
  return async (request, response, url) => {
    try {
      const path = parseTasksPath(url.pathname);
      if (path === undefined) return false;
      const body = await readJson(request);
      const answer = operate(context, path, {
        method: request.method ?? 'GET',
        query: url.searchParams,
        body,
        enums: asksForNumbers(url) ? 'number' : 'name',
      });
      if (answer === undefined) {
        throw new TasksError('UNIMPLEMENTED', `The local cloud does not do ${request.method} on this path.`);
      }
      sendJson(response, 200, answer);
    } catch (error) {
      // Whoever went away hears no answer.
      if (request.errored !== null) return true;
      if (!(error instanceof TasksError)) throw error;
      const { httpCode: code, message, status } = error;
      // What is left of an oversized body cannot be told from a next request.
      if (!request.complete) response.setHeader('connection', 'close');
      sendJson(response, code, { error: { code, message, status } });
    }
    return true;
  };
}

function operate(context: TasksContext, path: TasksPath, call: TasksCall): object | undefined {
  switch (path.kind) {
    case 'queues':
      return operateOnQueues(context, path.parent, call);
    case 'queue':
      return operateOnQueue(context, path.queue, path.verb, call);
    case 'tasks':
      return operateOnTasks(context, path.queue, call);
    case 'task':
      return operateOnTask(context, path, call);
  }
}

/** `$alt=json;enum-encoding=int`, as Google's own clients ask. */
function asksForNumbers(url: URL): boolean {
  return url.searchParams.get('$alt')?.endsWith('enum-encoding=int') ?? false;
}

/** Undefined for an empty body. Throws a TasksError (INVALID_ARGUMENT). */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes <= MAX_BODY_BYTES) chunks.push(chunk as Buffer);
    else if (sizeBytes > MAX_DRAINED_BYTES) break;
  }
  if (sizeBytes > MAX_BODY_BYTES) throw invalidArgument(`The body exceeds ${MAX_BODY_BYTES} bytes.`);
  if (sizeBytes === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'), dropNull);
  } catch {
    throw invalidArgument('The body is not JSON.');
  }
}

/** A null is an unset field in protobuf's JSON; some clients send them. */
function dropNull(_key: string, value: unknown): unknown {
  return value === null ? undefined : value;
}

function sendJson(response: ServerResponse, code: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(code, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': bytes.length,
  });
  response.end(bytes);
}
