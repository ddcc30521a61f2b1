/** The headers of a dispatched task: the user's own, and those by which Cloud Tasks tells of the task. */

import type { StoredTask } from './task-row.ts';

/** Set by Cloud Tasks, whatever the task says. */
const RESERVED =
  /^(host|content-length|transfer-encoding|connection|user-agent|x-google-.*|x-cloudtasks-.*|x-appengine-.*)$/;

export function taskHeaders(task: StoredTask): Record<string, string> {
  const headers: Record<string, string> = {};
  if (task.body.length > 0) headers['content-type'] = 'application/octet-stream';
  for (const [name, value] of Object.entries(task.request.headers)) {
    const lowerName = name.toLowerCase();
    if (!RESERVED.test(lowerName)) headers[lowerName] = value;
  }
  const previous = task.lastAttempt?.httpStatus;
  return {
    ...headers,
    'user-agent': 'Google-Cloud-Tasks',
    'x-cloudtasks-queuename': task.queue.slice(task.queue.lastIndexOf('/') + 1),
    'x-cloudtasks-taskname': task.id,
    'x-cloudtasks-taskretrycount': String(task.dispatchCount - 1),
    'x-cloudtasks-taskexecutioncount': String(task.responseCount),
    'x-cloudtasks-tasketa': (task.scheduleMs / 1000).toFixed(3),
    ...(previous !== undefined && { 'x-cloudtasks-taskpreviousresponse': String(previous) }),
  };
}
