/** A task as the REST API shows it. */

import { toDuration } from './duration.ts';
import { type EnumEncoding, encodeEnum, HTTP_METHODS, TASK_VIEWS } from './enums.ts';
import type { Attempt, StoredTask } from './task-row.ts';

const RPC_STATUSES: Readonly<Record<number, [code: number, name: string]>> = {
  400: [3, 'INVALID_ARGUMENT'],
  401: [16, 'UNAUTHENTICATED'],
  403: [7, 'PERMISSION_DENIED'],
  404: [5, 'NOT_FOUND'],
  409: [10, 'ABORTED'],
  429: [8, 'RESOURCE_EXHAUSTED'],
  499: [1, 'CANCELLED'],
  501: [12, 'UNIMPLEMENTED'],
  503: [14, 'UNAVAILABLE'],
  504: [4, 'DEADLINE_EXCEEDED'],
};

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
    // To the second, as Cloud Tasks shows it.
    createTime: toTimestamp(Math.floor(task.createdMs / 1000) * 1000),
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

function toAttempt({ scheduleMs, dispatchMs, responseMs, httpStatus = 0 }: Attempt) {
  const [code, name] = rpcStatus(httpStatus);
  return {
    scheduleTime: toTimestamp(scheduleMs),
    dispatchTime: toTimestamp(dispatchMs),
    ...(responseMs !== undefined && {
      responseTime: toTimestamp(responseMs),
      responseStatus: { code, message: `${name}(${code}): HTTP status code ${httpStatus}` },
    }),
  };
}

/** The google.rpc.Code that Cloud Tasks makes of an HTTP status. */
function rpcStatus(httpStatus: number): [code: number, name: string] {
  const known = RPC_STATUSES[httpStatus];
  if (known !== undefined) return known;
  if (httpStatus >= 500) return [13, 'INTERNAL'];
  return httpStatus >= 400 ? [9, 'FAILED_PRECONDITION'] : [2, 'UNKNOWN'];
}
