/** `pillbox tasks [queue]`: a table of the queues, or of one queue's tasks. */

import { printJsonLines } from '../cloud/json-lines.ts';
import { timeText } from '../cloud/time-text.ts';
import { printable } from '../printable.ts';
import { sizeText } from '../size-text.ts';
import { type Column, formatTable } from '../table.ts';
import {
  findQueue,
  type QueueReading,
  readQueues,
  readTasks,
  shortName,
  type TaskReading,
} from './read-queues.ts';

const QUEUE_COLUMNS: readonly Column[] = [
  { title: 'QUEUE' },
  { title: 'STATE' },
  { title: 'TASKS', align: 'right' },
  { title: 'UNDER WAY', align: 'right' },
  { title: 'RETRYING', align: 'right' },
  { title: 'NEXT RUN', align: 'right' },
  { title: 'PAYLOAD', align: 'right' },
  { title: 'DONE', align: 'right' },
  { title: 'GIVEN UP', align: 'right' },
  { title: 'LIMITS' },
];

const TASK_COLUMNS: readonly Column[] = [
  { title: 'TASK' },
  { title: 'STATE' },
  { title: 'ATTEMPTS', align: 'right' },
  { title: 'NEXT RUN', align: 'right' },
  { title: 'LAST STATUS' },
  { title: 'PAYLOAD', align: 'right' },
  { title: 'CREATED', align: 'right' },
];

export interface ListOptions {
  readonly json?: boolean;
  /** Tasks at most. */
  readonly limit: number;
}

export async function listQueues(endpoint: string, { json }: Pick<ListOptions, 'json'>): Promise<void> {
  const { nowMs, queues } = await readQueues(endpoint);
  if (json === true) return printJsonLines(queues);
  if (queues.length === 0) return console.log('There are no queues.');
  const isShort = new Set(queues.map(({ name }) => shortName(name))).size === queues.length;
  const rows = queues.map((queue) => queueRow(queue, nowMs, isShort));
  console.log(formatTable(QUEUE_COLUMNS, rows).join('\n'));
}

function queueRow(queue: QueueReading, nowMs: number, isShort: boolean): string[] {
  const { name, state, tasks, underWay, retrying, nextRunMs, payloadBytes, done, givenUp } = queue;
  const { maxDispatchesPerSecond, maxConcurrentDispatches } = queue.rateLimits;
  return [
    printable(isShort ? shortName(name) : name),
    state.toLowerCase(),
    ...[tasks, underWay, retrying].map(String),
    nextRunMs === undefined ? '-' : timeText(nextRunMs, nowMs),
    sizeText(payloadBytes),
    String(done),
    String(givenUp),
    `${maxDispatchesPerSecond}/s, ${maxConcurrentDispatches} at once`,
  ];
}

/** Throws a CommandError when there is no such queue. */
export async function listTasks(
  endpoint: string,
  asked: string,
  { json, limit }: ListOptions,
): Promise<void> {
  const queue = await findQueue(endpoint, asked);
  const rows: string[][] = [];
  for await (const { nowMs, ...task } of readTasks(endpoint, queue.name, limit)) {
    const name = `${queue.name}/tasks/${task.id}`;
    if (json === true) console.log(JSON.stringify({ name, ...task }));
    else rows.push(taskRow(`${shortName(queue.name)}/${task.id}`, task, nowMs));
  }
  if (json === true) return;
  if (rows.length === 0) return console.log(`${shortName(queue.name)} holds no tasks.`);
  console.log(formatTable(TASK_COLUMNS, rows).join('\n'));
  if (queue.tasks > rows.length) console.log(`${queue.tasks - rows.length} more: --limit shows them`);
}

function taskRow(name: string, task: TaskReading, nowMs: number): string[] {
  const { state, attempts, nextRunMs, payloadBytes, createdMs } = task;
  return [
    printable(name),
    state,
    String(attempts),
    timeText(nextRunMs, nowMs),
    statusText(task.lastStatus, task.lastFailure),
    sizeText(payloadBytes),
    timeText(createdMs, nowMs),
  ];
}

/** `HTTP 503`, or why no answer came, or nothing before the first attempt. */
export function statusText(status: number | undefined, failure?: string): string {
  if (failure !== undefined) return printable(failure);
  if (status === undefined) return '-';
  return status === 0 ? 'no answer' : `HTTP ${status}`;
}
