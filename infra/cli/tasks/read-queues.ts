/** Reads the queues and tasks of a local cloud, and finds those that a person means. */

import * as z from 'zod';
import { askCloud } from '../cloud/ask-cloud.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { printable } from '../printable.ts';

const queueSchema = z.object({
  name: z.string(),
  state: z.string(),
  rateLimits: z.object({ maxDispatchesPerSecond: z.number(), maxConcurrentDispatches: z.number() }),
  tasks: z.number(),
  underWay: z.number(),
  retrying: z.number(),
  payloadBytes: z.number(),
  nextRunMs: z.number().optional(),
  done: z.number(),
  givenUp: z.number(),
});

const queuesSchema = z.object({ nowMs: z.number(), queues: z.array(queueSchema) });

const taskSchema = z.object({
  id: z.string(),
  state: z.enum(['waiting', 'due', 'under-way', 'retrying']),
  attempts: z.number(),
  nextRunMs: z.number(),
  lastStatus: z.number().optional(),
  lastFailure: z.string().optional(),
  payloadBytes: z.number(),
  createdMs: z.number(),
});

const tasksSchema = z.object({
  nowMs: z.number(),
  tasks: z.array(taskSchema),
  next: z.number().optional(),
});

export type QueueReading = z.infer<typeof queueSchema>;
export type TaskReading = z.infer<typeof taskSchema>;

export const readQueues = (endpoint: string) =>
  askCloud(endpoint, { method: 'GET', path: '/_pillbox/queues' }, queuesSchema);

/** Up to `limit` tasks, page by page. */
export async function* readTasks(
  endpoint: string,
  queue: string,
  limit: number,
): AsyncGenerator<TaskReading & { readonly nowMs: number }> {
  let after: number | undefined = 0;
  let left = limit;
  while (after !== undefined && left > 0) {
    const query = new URLSearchParams({ queue, after: String(after) });
    const page: z.infer<typeof tasksSchema> = await askCloud(
      endpoint,
      { method: 'GET', path: `/_pillbox/tasks?${query}` },
      tasksSchema,
    );
    for (const task of page.tasks.slice(0, left)) yield { ...task, nowMs: page.nowMs };
    left -= page.tasks.length;
    after = page.next;
  }
}

/** The last part of a queue's name. */
export const shortName = (queue: string) => queue.slice(queue.lastIndexOf('/') + 1);

/** @param asked a full name, or its last part where no two queues share it. Throws a CommandError. */
export async function findQueue(endpoint: string, asked: string): Promise<QueueReading> {
  const { queues } = await readQueues(endpoint);
  const found = queues.filter(({ name }) => name === asked || shortName(name) === asked);
  const [queue, another] = found;
  if (queue === undefined) throw new CommandError(EXIT.notFound, `there is no queue ${printable(asked)}`);
  if (another === undefined) return queue;
  const names = found.map(({ name }) => name).join(', ');
  throw new CommandError(EXIT.usage, `several queues are called ${printable(asked)}: ${names}`);
}

/** The full name of a task that is named as `pillbox tasks` shows it (QUEUE/ID), or in full. Throws a CommandError. */
export async function findTaskName(endpoint: string, asked: string): Promise<string> {
  const [, queue = '', id = ''] = /^(.*?)(?:\/tasks)?\/([\w-]+)$/.exec(asked) ?? [];
  if (queue === '' || id === '') {
    throw new CommandError(
      EXIT.usage,
      `${printable(asked)}: name a task as QUEUE/ID, as "pillbox tasks QUEUE" shows it`,
    );
  }
  return `${(await findQueue(endpoint, queue)).name}/tasks/${id}`;
}
