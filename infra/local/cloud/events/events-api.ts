/** What `pillbox events` reads and asks for: subscriptions with their counts, their events, one event sent again. */

import type { ServerResponse } from 'node:http';
import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import { sendJson, sendJsonError } from '../control/json-answer.ts';
import { openInspectionTable } from '../tasks/inspection-table.ts';
import type { TaskTable } from '../tasks/task-table.ts';
import type { PastEvent, PastEvents } from './past-events.ts';
import { EVENT_DEADLINE_MS, type Subscription } from './subscriptions.ts';

const EVENTS_PATH = '/_pillbox/events';
const REPLAY_PATH = '/_pillbox/events:replay';

const MAX_SHOWN = 1000;

interface EventsContext {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  readonly subscriptions: readonly Subscription[];
  readonly tasks: TaskTable;
  readonly past: PastEvents;
}

/**
 * `GET /_pillbox/events`: subscriptions; `?subscription=NAME`: its events, those to come, in pages that go on with
 * `&after=NEXT`, and the last that ended.
 * `POST /_pillbox/events:replay?id=ID`: sends an event again, under the same id, to each subscription that had it.
 */
export function createEventsApi(context: EventsContext): Api {
  const { state, clock, subscriptions, tasks, past } = context;
  const table = openInspectionTable(state);

  function show({ name, trigger, queue }: Subscription): object {
    const counts = table.counts(queue);
    const [last] = past.latest(queue, 1);
    return { name, ...trigger, ...counts, lastStatus: counts.lastStatus ?? last?.lastStatus };
  }

  function listEvents(response: ServerResponse, name: string, after: number): true {
    const found = subscriptions.find((subscription) => subscription.name === name);
    if (found === undefined) return sendJsonError(response, 404, 'There is no such subscription.');
    const nowMs = clock.now();
    const { tasks: waiting, next } = table.page(found.queue, nowMs, { after, limit: MAX_SHOWN });
    const pending = waiting.map((task) => ({ ...task, subject: subjectOf(tasks.get(found.queue, task.id)) }));
    const { tasks: pendingTotal } = table.counts(found.queue);
    const ended = past.latest(found.queue, MAX_SHOWN).map(showPast);
    return sendJson(response, { nowMs, pendingTotal, pending, next, past: ended });
  }

  function replay(response: ServerResponse, id: string): true {
    const replayed = subscriptions.filter(({ queue, dispatcher }) => {
      if (dispatcher.run(id)) return true;
      const event = past.find(queue, id);
      if (event === undefined) return false;
      const { request, body } = event;
      const nowMs = clock.now();
      const task = {
        queue,
        id,
        named: false,
        request,
        body,
        scheduleMs: nowMs,
        deadlineMs: EVENT_DEADLINE_MS,
      };
      tasks.insert(task, nowMs);
      dispatcher.wake();
      return true;
    });
    if (replayed.length === 0)
      return sendJsonError(response, 404, 'There is no such event, or it is long past.');
    return sendJson(response, { subscriptions: replayed.map(({ name }) => name) });
  }

  return async (request, response, url) => {
    const { searchParams: query } = url;
    switch (`${request.method} ${url.pathname}`) {
      case `GET ${EVENTS_PATH}`: {
        request.resume();
        const name = query.get('subscription');
        const after = query.get('after') ?? '';
        if (name !== null) return listEvents(response, name, /^\d{1,15}$/.test(after) ? Number(after) : 0);
        return sendJson(response, { nowMs: clock.now(), subscriptions: subscriptions.map(show) });
      }
      case `POST ${REPLAY_PATH}`:
        request.resume();
        return replay(response, query.get('id') ?? '');
      default:
        return false;
    }
  };
}

function showPast({ id, request, body, attempts, lastStatus, endedMs, isDelivered }: PastEvent): object {
  const subject = subjectOf({ request });
  return { id, subject, attempts, lastStatus, endedMs, isDelivered, payloadBytes: body.length };
}

/** Such as `objects/in/a.csv`. */
function subjectOf(event: { request: PastEvent['request'] } | undefined): string {
  return event?.request.headers['ce-subject'] ?? '';
}
