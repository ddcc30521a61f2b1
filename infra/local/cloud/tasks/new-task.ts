/** The body of a createTask call, checked and turned into the task to be kept. */

import { randomInt } from 'node:crypto';
import * as z from 'zod';
import { describeIssues, invalidArgument } from './api-error.ts';
import { type Authorization, authorizationSchema } from './authorization.ts';
import { durationSchema } from './duration.ts';
import { enumSchema, HTTP_METHODS, TASK_VIEWS } from './enums.ts';
import type { NewTask } from './task-row.ts';

/** The limits of Cloud Tasks. */
const MAX_TASK_BYTES = 1024 * 1024;
const DEFAULT_DEADLINE_MS = 600_000;
const MIN_DEADLINE_MS = 15_000;
const MAX_DEADLINE_MS = 1_800_000;
const MAX_AHEAD_MS = 30 * 24 * 3_600_000;

const METHODS_WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH'];

const schema = z.strictObject({
  task: z.strictObject({
    name: z.string().optional(),
    httpRequest: z.strictObject({
      url: z.url({ protocol: /^https?$/ }).max(2083),
      httpMethod: enumSchema(HTTP_METHODS).prefault('POST'),
      headers: z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string()).default({}),
      // Both alphabets of base64, as protobuf's JSON allows.
      body: z
        .string()
        .regex(/^[\w+/-]*={0,2}$/, 'must be base64')
        .default(''),
      ...authorizationSchema.shape,
    }),
    scheduleTime: z.iso.datetime({ offset: true }).optional(),
    dispatchDeadline: durationSchema
      .pipe(
        z.number().min(MIN_DEADLINE_MS, 'must be 15s or more').max(MAX_DEADLINE_MS, 'must be 1800s or less'),
      )
      .optional(),
    // Only Cloud Tasks itself sets these; a client may send back what it was given.
    createTime: z.unknown().optional(),
    dispatchCount: z.unknown().optional(),
    responseCount: z.unknown().optional(),
    firstAttempt: z.unknown().optional(),
    lastAttempt: z.unknown().optional(),
    view: z.unknown().optional(),
  }),
  parent: z.unknown().optional(),
  responseView: enumSchema(TASK_VIEWS).prefault('BASIC'),
});

/** Throws a TasksError (INVALID_ARGUMENT) that names each field at fault. */
export function parseNewTask(
  queue: string,
  body: unknown,
  nowMs: number,
): { task: NewTask; view: (typeof TASK_VIEWS)[number] } {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw invalidArgument(describeIssues(parsed.error));
  const { name, httpRequest, scheduleTime, dispatchDeadline } = parsed.data.task;
  const { url, httpMethod, headers, oidcToken, oauthToken } = httpRequest;
  const bytes = Buffer.from(httpRequest.body, 'base64');
  const method = httpMethod === 'HTTP_METHOD_UNSPECIFIED' ? 'POST' : httpMethod;
  if (bytes.length > 0 && !METHODS_WITH_BODY.includes(method)) {
    throw invalidArgument(`task.httpRequest.body: not allowed with ${method}`);
  }
  const request = { url, method, headers, ...authorizationOf(url, { oidcToken, oauthToken }) };
  const nameBytes = name?.length ?? 0;
  if (bytes.length + nameBytes + Buffer.byteLength(JSON.stringify(request)) > MAX_TASK_BYTES) {
    throw invalidArgument(`task: must not exceed ${MAX_TASK_BYTES} bytes`);
  }
  const scheduleMs = scheduleTime === undefined ? nowMs : Date.parse(scheduleTime);
  if (scheduleMs > nowMs + MAX_AHEAD_MS) throw invalidArgument('task.scheduleTime: more than 30 days ahead');
  const task: NewTask = {
    queue,
    id: name === undefined ? randomId() : idOf(queue, name),
    named: name !== undefined,
    request,
    body: bytes,
    scheduleMs: Math.max(nowMs, scheduleMs),
    deadlineMs: dispatchDeadline ?? DEFAULT_DEADLINE_MS,
  };
  return { task, view: parsed.data.responseView };
}

/** Throws a TasksError for both, and for an OAuth token that would go to anyone but Google. */
function authorizationOf(
  url: string,
  { oidcToken, oauthToken }: Authorization,
): { authorization?: Authorization } {
  if (oidcToken !== undefined && oauthToken !== undefined) {
    throw invalidArgument('task.httpRequest: oidcToken and oauthToken exclude each other');
  }
  if (oidcToken !== undefined) return { authorization: { oidcToken } };
  if (oauthToken === undefined) return {};
  if (!new URL(url).hostname.endsWith('.googleapis.com')) {
    throw invalidArgument('task.httpRequest.oauthToken: only for hosts that end in .googleapis.com');
  }
  return { authorization: { oauthToken } };
}

/** Of digits, as those that Cloud Tasks makes. */
function randomId(): string {
  const digits = () => String(randomInt(1e9, 1e10));
  return digits() + digits();
}

function idOf(queue: string, name: string): string {
  const id = name.slice(`${queue}/tasks/`.length);
  if (name.startsWith(`${queue}/tasks/`) && /^[\w-]{1,500}$/.test(id)) return id;
  throw invalidArgument(
    `task.name: must be ${queue}/tasks/ID, of up to 500 letters, digits, hyphens and underscores`,
  );
}
