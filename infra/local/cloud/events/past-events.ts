/** The last events that were delivered or given up, kept so that one can be sent again. */

import type { DatabaseSync } from 'node:sqlite';
import type { FinalOutcome } from '../tasks/due-tasks.ts';
import type { StoredTask, TaskRequest } from '../tasks/task-row.ts';

/** An event is a few kB, so these are a few MB. */
const MAX_KEPT = 1000;

/** Pruned each time so many have come: one statement in a hundred. */
const PRUNE_EVERY = 100;

export interface PastEvent {
  readonly id: string;
  /** The queue of its subscription. */
  readonly queue: string;
  readonly request: TaskRequest;
  readonly body: Uint8Array;
  readonly attempts: number;
  /** 0 = no answer came. */
  readonly lastStatus: number;
  readonly endedMs: number;
  readonly isDelivered: boolean;
}

export interface PastEvents {
  /** Inside the transaction that ends its delivery. */
  add(task: StoredTask, outcome: FinalOutcome): void;
  /** The newest first. */
  latest(queue: string, limit: number): PastEvent[];
  /** The newest of this id. */
  find(queue: string, id: string): PastEvent | undefined;
}

export function openPastEvents(state: DatabaseSync): PastEvents {
  state.exec(`
    CREATE TABLE IF NOT EXISTS past_events (
      seq INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, id TEXT NOT NULL,
      request TEXT NOT NULL, body BLOB NOT NULL, attempts INTEGER NOT NULL, status INTEGER NOT NULL,
      ended_ms INTEGER NOT NULL, delivered INTEGER NOT NULL
    ) STRICT
  `);
  const insert = state.prepare(
    'INSERT INTO past_events (queue, id, request, body, attempts, status, ended_ms, delivered) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const prune = state.prepare('DELETE FROM past_events WHERE seq <= ?');
  const select = state.prepare('SELECT * FROM past_events WHERE queue = ? ORDER BY seq DESC LIMIT ?');
  const selectById = state.prepare(
    'SELECT * FROM past_events WHERE queue = ? AND id = ? ORDER BY seq DESC LIMIT 1',
  );
  return {
    add({ queue, id, request, body, dispatchCount }, { httpStatus, nowMs, isDone }) {
      const kept = JSON.stringify(request);
      const ended = Math.floor(nowMs);
      const { lastInsertRowid } = insert.run(
        queue,
        id,
        kept,
        body,
        dispatchCount,
        httpStatus,
        ended,
        isDone ? 1 : 0,
      );
      const seq = Number(lastInsertRowid);
      if (seq % PRUNE_EVERY === 0) prune.run(seq - MAX_KEPT);
    },
    latest: (queue, limit) => select.all(queue, limit).map(fromRow),
    find(queue, id) {
      const row = selectById.get(queue, id);
      return row === undefined ? undefined : fromRow(row);
    },
  };
}

function fromRow(row: Readonly<Record<string, unknown>>): PastEvent {
  return {
    id: String(row['id']),
    queue: String(row['queue']),
    request: JSON.parse(String(row['request'])) as TaskRequest,
    body: row['body'] as Uint8Array,
    attempts: Number(row['attempts']),
    lastStatus: Number(row['status']),
    endedMs: Number(row['ended_ms']),
    isDelivered: row['delivered'] === 1,
  };
}
