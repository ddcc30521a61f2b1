/** Tasks as a person looks at them: counts by queue, and what each waits for, without the bodies. */

import type { DatabaseSync } from 'node:sqlite';
import { createTaskTables, type Row } from './task-row.ts';

export interface QueueCounts {
  /** Tasks that are there, those under way included. */
  readonly tasks: number;
  readonly underWay: number;
  /** Of those that are there, how many have failed before. */
  readonly retrying: number;
  readonly payloadBytes: number;
  /** When the next one that is not under way is due. */
  readonly nextRunMs: number | undefined;
  /** Of the last attempt of those that are there; 0 = no answer came. */
  readonly lastStatus: number | undefined;
  /** Ended with a success, ever. */
  readonly done: number;
  /** Given up after their last attempt, ever. */
  readonly givenUp: number;
}

export interface TaskSummary {
  readonly id: string;
  readonly state: 'waiting' | 'due' | 'under-way' | 'retrying';
  /** Begun, the one under way included. */
  readonly attempts: number;
  /** When it runs next, or has begun to. */
  readonly nextRunMs: number;
  /** HTTP status of the last answer; 0 = none came; undefined before the first. */
  readonly lastStatus: number | undefined;
  /** Why none came. */
  readonly lastFailure: string | undefined;
  readonly payloadBytes: number;
  readonly createdMs: number;
}

export interface InspectionTable {
  counts(queue: string): QueueCounts;
  /** Up to `limit` tasks in the order of their creation, after the place where an earlier page ended. */
  page(
    queue: string,
    nowMs: number,
    from: { after: number; limit: number },
  ): { tasks: TaskSummary[]; next: number | undefined };
}

export function openInspectionTable(state: DatabaseSync): InspectionTable {
  createTaskTables(state);
  const count = state.prepare(`
    SELECT count(*) AS tasks, coalesce(sum(in_flight), 0) AS under_way,
      coalesce(sum(in_flight = 0 AND dispatch_count > 0), 0) AS retrying,
      coalesce(sum(length(body)), 0) AS payload_bytes,
      min(CASE WHEN in_flight = 0 THEN schedule_ms END) AS next_run_ms
    FROM tasks WHERE queue = ?
  `);
  const last = state.prepare(`
    SELECT last_http_status FROM tasks WHERE queue = ? AND last_response_ms IS NOT NULL
    ORDER BY last_response_ms DESC LIMIT 1
  `);
  const ended = state.prepare('SELECT done, given_up FROM task_counts WHERE queue = ?');
  const select = state.prepare(`
    SELECT seq, id, in_flight, dispatch_count, schedule_ms, last_dispatch_ms, last_http_status, last_failure,
      last_response_ms, created_ms, length(body) AS payload_bytes
    FROM tasks WHERE queue = ? AND seq > ? ORDER BY seq LIMIT ?
  `);
  return {
    counts(queue) {
      const row = count.get(queue);
      const ends = ended.get(queue);
      return {
        tasks: Number(row?.['tasks']),
        underWay: Number(row?.['under_way']),
        retrying: Number(row?.['retrying']),
        payloadBytes: Number(row?.['payload_bytes']),
        nextRunMs: numberOf(row?.['next_run_ms']),
        lastStatus: numberOf(last.get(queue)?.['last_http_status']),
        done: Number(ends?.['done'] ?? 0),
        givenUp: Number(ends?.['given_up'] ?? 0),
      };
    },
    page(queue, nowMs, { after, limit }) {
      const rows = select.all(queue, after, limit);
      const next = rows.length < limit ? undefined : Number(rows.at(-1)?.['seq']);
      return { tasks: rows.map((row) => toSummary(row, nowMs)), next };
    },
  };
}

function toSummary(row: Row, nowMs: number): TaskSummary {
  const scheduleMs = Number(row['schedule_ms']);
  const isUnderWay = row['in_flight'] === 1;
  return {
    id: String(row['id']),
    state: stateOf(row, scheduleMs, nowMs),
    attempts: Number(row['dispatch_count']),
    nextRunMs: isUnderWay ? Number(row['last_dispatch_ms']) : scheduleMs,
    lastStatus: numberOf(row['last_http_status']),
    lastFailure: row['last_failure'] === null ? undefined : String(row['last_failure']),
    payloadBytes: Number(row['payload_bytes']),
    createdMs: Number(row['created_ms']),
  };
}

function stateOf(row: Row, scheduleMs: number, nowMs: number): TaskSummary['state'] {
  if (row['in_flight'] === 1) return 'under-way';
  if (scheduleMs <= nowMs) return 'due';
  return Number(row['dispatch_count']) > 0 ? 'retrying' : 'waiting';
}

function numberOf(value: unknown): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
