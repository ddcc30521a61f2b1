/** A task as the REST API shows it. */

import { toDuration } from './duration.ts';
import { type EnumEncoding, encodeEnum, HTTP_METHODS, TASK_VIEWS } from './enums.ts';
import type { Attempt, StoredTask } from './task-row.ts';

export type TaskView = (typeof TASK_VIEWS)[number];

/** The basic view leaves out the body, which may be large or confidential. */
export function toTaskResource(task: StoredTask, view: TaskView, enums: EnumEncoding) {
  const { request, body, firstDispatchMs, lastAttempt } = task;
  const shown = view === 'FULL' ? 'FULL' : 'BASIC';
  const method = HTTP_METHODS.find((known) => known === request.method) ?? 'HTTP_METHOD_UNSPECIFIED';
  return {
    name: `${task.queue}/tasks/${task.id}`,
    httpRequest: {
      url: request.url,
      httpMethod: encodeEnum(HTTP_METHODS, method, enums),
      headers: request.headers,
      ...(shown === 'FULL' && { body: Buffer.from(body).toString('base64') }),
      ...request.authorization,
    },
    scheduleTime: toTimestamp(task.scheduleMs),
    createTime: toTimestamp(task.createdMs),
    dispatchDeadline: toDuration(task.deadlineMs),
    dispatchCount: task.dispatchCount,
    responseCount: task.responseCount,
    ...(firstDispatchMs !== undefined && { firstAttempt: { dispatchTime: toTimestamp(firstDispatchMs) } }),
    ...(lastAttempt !== undefined && { lastAttempt: toAttempt(lastAttempt) }),
    view: encodeEnum(TASK_VIEWS, shown, enums),
  };
}

export function toTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function toAttempt({ scheduleMs, dispatchMs, responseMs, httpStatus }: Attempt) {
  return {
    scheduleTime: toTimestamp(scheduleMs),
    dispatchTime: toTimestamp(dispatchMs),
    ...(responseMs !== undefined && {
      responseTime: toTimestamp(responseMs),
      responseStatus: { code: rpcCode(httpStatus ?? 0), message: `HTTP status code ${httpStatus}` },
    }),
  };
}

/** The google.rpc.Code nearest to an HTTP status. */
function rpcCode(httpStatus: number): number {
  const codes: Readonly<Record<number, number>> = {
    400: 3,
    401: 16,
    403: 7,
    404: 5,
    409: 10,
    429: 8,
    499: 1,
    501: 12,
    503: 14,
    504: 4,
  };
  return codes[httpStatus] ?? (httpStatus >= 500 ? 13 : 2);
}
