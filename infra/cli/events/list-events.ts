/** Tables of event subscriptions and their events, and the replay of one. */

import * as z from 'zod';
import { askCloud } from '../cloud/ask-cloud.ts';
import { printJsonLines } from '../cloud/json-lines.ts';
import { timeText } from '../cloud/time-text.ts';
import { printable } from '../printable.ts';
import { type Column, formatTable } from '../table.ts';
import { statusText } from '../tasks/list-tasks.ts';

const EVENTS_PATH = '/_pillbox/events';

const subscriptionsSchema = z.object({
  nowMs: z.number(),
  subscriptions: z.array(
    z.object({
      name: z.string(),
      bucket: z.string(),
      type: z.string(),
      objectPattern: z.string(),
      url: z.string(),
      tasks: z.number(),
      underWay: z.number(),
      retrying: z.number(),
      nextRunMs: z.number().optional(),
      done: z.number(),
      givenUp: z.number(),
      lastStatus: z.number().optional(),
    }),
  ),
});

const pendingSchema = z.object({
  id: z.string(),
  subject: z.string(),
  state: z.string(),
  attempts: z.number(),
  nextRunMs: z.number(),
  lastStatus: z.number().optional(),
  lastFailure: z.string().optional(),
  payloadBytes: z.number(),
});

const pastSchema = z.object({
  id: z.string(),
  subject: z.string(),
  attempts: z.number(),
  lastStatus: z.number(),
  endedMs: z.number(),
  isDelivered: z.boolean(),
  payloadBytes: z.number(),
});

const eventsSchema = z.object({
  nowMs: z.number(),
  /** Also those that are not in this page. */
  pendingTotal: z.number(),
  pending: z.array(pendingSchema),
  /** Where the next page begins. */
  next: z.number().optional(),
  past: z.array(pastSchema),
});

const SUBSCRIPTION_COLUMNS: readonly Column[] = [
  { title: 'SUBSCRIPTION' },
  { title: 'PENDING', align: 'right' },
  { title: 'RETRYING', align: 'right' },
  { title: 'NEXT TRY', align: 'right' },
  { title: 'DELIVERED', align: 'right' },
  { title: 'DEAD', align: 'right' },
  { title: 'LAST STATUS' },
  { title: 'TO' },
];

const EVENT_COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'STATE' },
  { title: 'ATTEMPTS', align: 'right' },
  { title: 'WHEN', align: 'right' },
  { title: 'LAST STATUS' },
  { title: 'SUBJECT' },
];

interface ListOptions {
  readonly json?: boolean;
  readonly limit: number;
}

export async function listSubscriptions(
  endpoint: string,
  { json }: Pick<ListOptions, 'json'>,
): Promise<void> {
  const { nowMs, subscriptions } = await askCloud(
    endpoint,
    { method: 'GET', path: EVENTS_PATH },
    subscriptionsSchema,
  );
  if (json === true) return printJsonLines(subscriptions);
  if (subscriptions.length === 0) return console.log('There are no event subscriptions.');
  const rows = subscriptions.map((one) => [
    printable(one.name),
    String(one.tasks),
    String(one.retrying),
    one.nextRunMs === undefined ? '-' : timeText(one.nextRunMs, nowMs),
    String(one.done),
    String(one.givenUp),
    statusText(one.lastStatus),
    printable(one.url),
  ]);
  console.log(formatTable(SUBSCRIPTION_COLUMNS, rows).join('\n'));
}

/** Those to come, then those that ended, the newest first. Throws a CommandError when there is no such subscription. */
export async function listEvents(
  endpoint: string,
  subscription: string,
  { json, limit }: ListOptions,
): Promise<void> {
  const { nowMs, pendingTotal, pending, past } = await readEvents(endpoint, subscription, limit);
  const events = [
    ...pending.map((event) => ({ ...event, atMs: event.nextRunMs })),
    ...past.map((event) => ({
      ...event,
      state: event.isDelivered ? 'delivered' : 'dead',
      atMs: event.endedMs,
    })),
  ];
  const shown = events.slice(0, limit);
  const more = pendingTotal + past.length - shown.length;
  if (json === true) {
    printJsonLines(shown);
    if (more > 0) console.error(`${more} more: --limit shows them`);
    return;
  }
  if (shown.length === 0) return console.log('There are no events.');
  const rows = shown.map((event) => [
    printable(event.id),
    event.state,
    String(event.attempts),
    timeText(event.atMs, nowMs),
    statusText(event.lastStatus, 'lastFailure' in event ? event.lastFailure : undefined),
    printable(event.subject),
  ]);
  console.log(formatTable(EVENT_COLUMNS, rows).join('\n'));
  if (more > 0) console.log(`${more} more: --limit shows them`);
}

/** Pages of those to come until there are `limit`, with those that ended. */
async function readEvents(endpoint: string, subscription: string, limit: number) {
  const read = (after: number) => {
    const path = `${EVENTS_PATH}?${new URLSearchParams({ subscription, after: String(after) })}`;
    return askCloud(endpoint, { method: 'GET', path }, eventsSchema);
  };
  const first = await read(0);
  const pending = first.pending;
  for (let { next } = first; next !== undefined && pending.length < limit; ) {
    const page = await read(next);
    pending.push(...page.pending);
    next = page.next;
  }
  return { ...first, pending };
}

/** Throws a CommandError when the event is not there, or no more. */
export async function replayEvent(endpoint: string, id: string): Promise<void> {
  const path = `${EVENTS_PATH}:replay?${new URLSearchParams({ id })}`;
  const { subscriptions } = await askCloud(
    endpoint,
    { method: 'POST', path },
    z.object({ subscriptions: z.array(z.string()) }),
  );
  console.log(`sent ${printable(id)} again to ${subscriptions.map(printable).join(', ')}`);
}
