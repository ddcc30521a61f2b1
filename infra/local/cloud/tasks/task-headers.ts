/** The headers of a dispatched task: the user's own, and those by which Cloud Tasks tells of the task. */

import type { StoredTask, TaskRequest } from './task-row.ts';

/** Cloud Tasks counts in seconds, with two digits after the point. */
const etaSeconds = (scheduleMs: number) => (Math.floor(scheduleMs / 10) / 100).toFixed(2);

/** Set by Cloud Tasks, whatever the task says. */
const RESERVED =
  /^(host|content-length|transfer-encoding|connection|user-agent|x-google-.*|x-cloudtasks-.*|x-appengine-.*)$/;

/** @param request the task's own, or what its queue makes of it. */
export function taskHeaders(task: StoredTask, request: TaskRequest = task.request): Record<string, string> {
  const headers: Record<string, string> = {};
  if (task.body.length > 0) headers['content-type'] = 'application/octet-stream';
  for (const [name, value] of Object.entries(request.headers)) {
    const lowerName = name.toLowerCase();
    if (!RESERVED.test(lowerName)) headers[lowerName] = value;
  }
  const previous = task.lastAttempt?.httpStatus ?? 0;
  return {
    ...headers,
    'user-agent': 'Google-Cloud-Tasks',
    'x-cloudtasks-queuename': task.queue.slice(task.queue.lastIndexOf('/') + 1),
    'x-cloudtasks-taskname': task.id,
    'x-cloudtasks-taskretrycount': String(task.dispatchCount - 1),
    'x-cloudtasks-taskexecutioncount': String(task.responseCount),
    'x-cloudtasks-tasketa': etaSeconds(task.scheduleMs),
    ...(previous > 0 && { 'x-cloudtasks-taskpreviousresponse': String(previous) }),
    // The real one is there from the second attempt on, and empty.
    ...(task.dispatchCount > 1 && { 'x-cloudtasks-taskretryreason': '' }),
  };
}
