/** One call of the Cloud Tasks API, as its operations see it. */

import type { Clock } from '../clock.ts';
import { invalidArgument, noSuchQueue } from './api-error.ts';
import type { EnumEncoding } from './enums.ts';
import type { LiveQueue, LiveQueues } from './live-queues.ts';
import type { TaskTable } from './task-table.ts';

export interface TasksContext {
  readonly queues: LiveQueues;
  readonly tasks: TaskTable;
  readonly clock: Clock;
}

export interface TasksCall {
  readonly method: string;
  readonly query: URLSearchParams;
  /** The JSON body; undefined where there is none. */
  readonly body: unknown;
  readonly enums: EnumEncoding;
}

/** Throws a TasksError (NOT_FOUND). */
export function requireQueue({ queues }: TasksContext, name: string): LiveQueue {
  const queue = queues.get(name);
  if (queue === undefined) throw noSuchQueue();
  return queue;
}

export interface PageRequest {
  readonly afterId: string;
  readonly limit: number;
}

/** Reads pageSize and pageToken; `maxLimit` is also the default size. Throws a TasksError (INVALID_ARGUMENT). */
export function pageOf(query: URLSearchParams, maxLimit: number): PageRequest {
  const size = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(size) || size < 0) throw invalidArgument('pageSize: must be a number from 0 on');
  return {
    afterId: Buffer.from(query.get('pageToken') ?? '', 'base64url').toString(),
    limit: size === 0 ? maxLimit : Math.min(size, maxLimit),
  };
}

/** The token that continues after `lastId`. */
export function pageTokenAfter(lastId: string): string {
  return Buffer.from(lastId).toString('base64url');
}
