/** The paths of the Cloud Tasks v2 REST API. */

import { invalidArgument } from './api-error.ts';

export type TasksPath =
  | { readonly kind: 'queues'; readonly parent: string }
  | { readonly kind: 'queue'; readonly queue: string; readonly verb: string | undefined }
  | { readonly kind: 'tasks'; readonly queue: string }
  | { readonly kind: 'task'; readonly queue: string; readonly id: string; readonly verb: string | undefined };

const SEGMENT = '([^/:]+)';
const PATH = new RegExp(
  `^/v2/projects/([^/]+)/locations/${SEGMENT}/queues(?:/${SEGMENT}(/tasks(?:/${SEGMENT})?)?)?(?::(\\w+))?$`,
);

/** Undefined for a path that is not of this API. Throws a TasksError for one that is malformed. */
export function parseTasksPath(pathname: string): TasksPath | undefined {
  const match = PATH.exec(pathname);
  if (match === null) return undefined;
  const [, project = '', location = '', queueId, tasks, id, verb] = match;
  const parent = `projects/${decode(project)}/locations/${decode(location)}`;
  if (queueId === undefined) return verb === undefined ? { kind: 'queues', parent } : undefined;
  const queue = `${parent}/queues/${decode(queueId)}`;
  if (id !== undefined) return { kind: 'task', queue, id: decode(id), verb };
  if (tasks !== undefined) return verb === undefined ? { kind: 'tasks', queue } : undefined;
  return { kind: 'queue', queue, verb };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw invalidArgument('The URL is malformed.');
  }
}
