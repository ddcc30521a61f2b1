/** A task of the local cloud and its row in SQLite. */

import type { DatabaseSync } from 'node:sqlite';
import type { Authorization } from './authorization.ts';

/** The request that a task sends; what a target sees beside it depends on the kind of queue. */
export interface TaskRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly authorization?: Authorization;
}

export interface NewTask {
  readonly queue: string;
  /** Unique in its queue. */
  readonly id: string;
  /** True when the caller chose the id: it then stays taken for a while after the task has gone. */
  readonly named: boolean;
  readonly request: TaskRequest;
  readonly body: Uint8Array;
  /** Not before this time. */
  readonly scheduleMs: number;
  /** How long one attempt may take. */
  readonly deadlineMs: number;
}

export interface StoredTask extends NewTask {
  /** Grows with every task, and is never used again. */
  readonly seq: number;
  readonly createdMs: number;
  /** Attempts begun, the one under way included. */
  readonly dispatchCount: number;
  /** Attempts that were answered, but not with 5xx: as Cloud Tasks counts. */
  readonly responseCount: number;
  readonly firstDispatchMs: number | undefined;
  readonly lastAttempt: Attempt | undefined;
}

export interface Attempt {
  readonly scheduleMs: number;
  readonly dispatchMs: number;
  /** When it ended, answered or not; undefined while it is under way. */
  readonly responseMs: number | undefined;
  /** HTTP status of the last answer: 0 where none came, 504 where it did not come in time. */
  readonly httpStatus: number | undefined;
  /** Why no answer came. */
  readonly failure: string | undefined;
}

export type Row = Readonly<Record<string, unknown>>;

/** `in_flight` is 1 while an attempt is under way; a start of the local cloud sets it back. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL, id TEXT NOT NULL, named INTEGER NOT NULL,
    request TEXT NOT NULL, body BLOB NOT NULL,
    created_ms INTEGER NOT NULL, schedule_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL,
    in_flight INTEGER NOT NULL DEFAULT 0,
    dispatch_count INTEGER NOT NULL DEFAULT 0, response_count INTEGER NOT NULL DEFAULT 0,
    first_dispatch_ms INTEGER, last_schedule_ms INTEGER, last_dispatch_ms INTEGER,
    last_response_ms INTEGER, last_http_status INTEGER,
    UNIQUE (queue, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tasks_by_due_time ON tasks (queue, in_flight, schedule_ms, seq);
  CREATE TABLE IF NOT EXISTS task_tombstones (
    queue TEXT NOT NULL, id TEXT NOT NULL, expires_ms INTEGER NOT NULL,
    PRIMARY KEY (queue, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS task_counts (
    queue TEXT PRIMARY KEY, done INTEGER NOT NULL, given_up INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS task_tombstones_by_expiry ON task_tombstones (expires_ms);
`;

/** Queues of every kind keep their tasks in these tables. */
export function createTaskTables(state: DatabaseSync): void {
  state.exec(SCHEMA);
  // A state made before this column was.
  const columns = state.prepare("SELECT name FROM pragma_table_info('tasks')").all();
  if (!columns.some(({ name }) => name === 'last_failure')) {
    state.exec('ALTER TABLE tasks ADD COLUMN last_failure TEXT');
  }
}

export function fromTaskRow(row: Row): StoredTask {
  const lastDispatchMs = optionalNumber(row['last_dispatch_ms']);
  return {
    seq: Number(row['seq']),
    queue: String(row['queue']),
    id: String(row['id']),
    named: row['named'] === 1,
    request: JSON.parse(String(row['request'])) as TaskRequest,
    body: row['body'] as Uint8Array,
    createdMs: Number(row['created_ms']),
    scheduleMs: Number(row['schedule_ms']),
    deadlineMs: Number(row['deadline_ms']),
    dispatchCount: Number(row['dispatch_count']),
    responseCount: Number(row['response_count']),
    firstDispatchMs: optionalNumber(row['first_dispatch_ms']),
    lastAttempt:
      lastDispatchMs === undefined
        ? undefined
        : {
            scheduleMs: Number(row['last_schedule_ms']),
            dispatchMs: lastDispatchMs,
            responseMs: optionalNumber(row['last_response_ms']),
            httpStatus: optionalNumber(row['last_http_status']),
            failure: row['last_failure'] === null ? undefined : String(row['last_failure']),
          },
  };
}

function optionalNumber(value: unknown): number | undefined {
  return value === null ? undefined : Number(value);
}
