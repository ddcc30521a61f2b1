/** What `pillbox tasks` reads and asks for: queues with their counts, tasks without their bodies, one delivered again. */

import type { ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import { sendJson, sendJsonError } from '../control/json-answer.ts';
import { openInspectionTable } from './inspection-table.ts';
import type { LiveQueues } from './live-queues.ts';
import { toQueueResource } from './queue-config.ts';

const QUEUES_PATH = '/_pillbox/queues';
const TASKS_PATH = '/_pillbox/tasks';
const DUPLICATE_PATH = '/_pillbox/tasks:duplicate';

const MAX_PAGE = 1000;

export interface InspectionContext {
  readonly state: DatabaseSync;
  readonly queues: LiveQueues;
  readonly clock: Clock;
}

/**
 * `GET /_pillbox/queues`; `GET /_pillbox/tasks?queue=NAME[&after=N]`; `POST /_pillbox/tasks:duplicate?task=NAME`, which
 * delivers a task once more beside what its queue does with it.
 */
export function createInspectionApi({ state, queues, clock }: InspectionContext): Api {
  const table = openInspectionTable(state);
  const listQueues = () =>
    queues.all().map(({ config, paused }) => ({
      ...toQueueResource(config),
      state: paused ? 'PAUSED' : 'RUNNING',
      ...table.counts(config.name),
    }));

  function listTasks(response: ServerResponse, query: URLSearchParams): true {
    const queue = query.get('queue') ?? '';
    const after = Number(query.get('after') ?? 0);
    if (queues.get(queue) === undefined) return sendJsonError(response, 404, 'Queue does not exist.');
    if (!Number.isSafeInteger(after)) return sendJsonError(response, 400, 'after: must be a number');
    const nowMs = clock.now();
    return sendJson(response, { nowMs, ...table.page(queue, nowMs, { after, limit: MAX_PAGE }) });
  }

  function duplicate(response: ServerResponse, name: string): true {
    const [, queue = '', id = ''] = /^(.*)\/tasks\/([^/]*)$/.exec(name) ?? [];
    const isSent = queues.get(queue)?.dispatcher.duplicate(id) ?? false;
    if (!isSent) return sendJsonError(response, 404, 'The task no longer exists, or never did.');
    return sendJson(response, {});
  }

  return async (request, response, url) => {
    const { searchParams: query } = url;
    switch (`${request.method} ${url.pathname}`) {
      case `GET ${QUEUES_PATH}`:
        request.resume();
        return sendJson(response, { nowMs: clock.now(), queues: listQueues() });
      case `GET ${TASKS_PATH}`:
        request.resume();
        return listTasks(response, query);
      case `POST ${DUPLICATE_PATH}`:
        request.resume();
        return duplicate(response, query.get('task') ?? '');
      default:
        return false;
    }
  };
}
