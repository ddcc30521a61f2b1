/** Tasks as their dispatcher sees them: due, under way, to be tried again, done. */

import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../state.ts';
import { createTaskTables, fromTaskRow, type StoredTask } from './task-row.ts';
import { NAME_HELD_MS } from './task-table.ts';

export interface DueTasks {
  /** Begins an attempt of the task that has been due longest; undefined when none is due. */
  claim(queue: string, nowMs: number): StoredTask | undefined;
  /** Begins an attempt of this task, due or not; undefined when it is gone or under way. */
  claimById(queue: string, id: string, nowMs: number): StoredTask | undefined;
  /** When the next task that is not under way is due. */
  nextDueMs(queue: string): number | undefined;
  /** Ends an attempt, whose status is 0 where no answer came; the task is due again at `scheduleMs`. No effect once the task has gone. */
  retry(
    task: StoredTask,
    outcome: { scheduleMs: number; nowMs: number; httpStatus: number; failure: string | undefined },
  ): void;
  /** As it stands. */
  get(queue: string, id: string): StoredTask | undefined;
  /** Ends a task for good, and counts it. */
  finish(task: StoredTask, outcome: FinalOutcome): void;
  /** Makes the tasks whose attempt a stop or a crash cut short due again. */
  release(queue: string): void;
}

export interface FinalOutcome {
  readonly nowMs: number;
  /** Done, or given up. */
  readonly isDone: boolean;
  readonly httpStatus: number;
}

/** @param onFinished told of each task that ends, inside the transaction that ends it. */
export function openDueTasks(
  state: DatabaseSync,
  onFinished: (task: StoredTask, outcome: FinalOutcome) => void = () => {},
): DueTasks {
  createTaskTables(state);
  const begin = `
    UPDATE tasks SET in_flight = 1, dispatch_count = dispatch_count + 1,
      first_dispatch_ms = coalesce(first_dispatch_ms, $nowMs),
      last_schedule_ms = schedule_ms, last_dispatch_ms = $nowMs, last_response_ms = NULL
    WHERE seq = `;
  const claim = state.prepare(`${begin} (
    SELECT seq FROM tasks WHERE queue = $queue AND in_flight = 0 AND schedule_ms <= $nowMs
    ORDER BY schedule_ms, seq LIMIT 1
  ) RETURNING *`);
  const claimById = state.prepare(`${begin} (
    SELECT seq FROM tasks WHERE queue = $queue AND id = $id AND in_flight = 0
  ) RETURNING *`);
  const nextDue = state.prepare(
    'SELECT min(schedule_ms) AS due_ms FROM tasks WHERE queue = ? AND in_flight = 0',
  );
  const retry = state.prepare(`
    UPDATE tasks SET in_flight = 0, schedule_ms = $scheduleMs, last_response_ms = $nowMs,
      last_http_status = $httpStatus, last_failure = $failure,
      response_count = response_count + ($httpStatus BETWEEN 1 AND 499)
    WHERE seq = $seq
  `);
  const bury = state.prepare(`
    INSERT OR REPLACE INTO task_tombstones
    SELECT queue, id, $expiresMs FROM tasks WHERE seq = $seq AND named = 1
  `);
  const unbury = state.prepare('DELETE FROM task_tombstones WHERE expires_ms <= ?');
  const remove = state.prepare('DELETE FROM tasks WHERE seq = ?');
  const count = state.prepare(`
    INSERT INTO task_counts VALUES ($queue, $done, 1 - $done)
    ON CONFLICT (queue) DO UPDATE SET done = done + $done, given_up = given_up + 1 - $done
  `);
  const select = state.prepare('SELECT * FROM tasks WHERE queue = ? AND id = ?');
  const release = state.prepare('UPDATE tasks SET in_flight = 0 WHERE queue = ? AND in_flight = 1');

  return {
    claim(queue, nowMs) {
      const row = claim.get({ queue, nowMs: Math.floor(nowMs) });
      return row === undefined ? undefined : fromTaskRow(row);
    },
    claimById(queue, id, nowMs) {
      const row = claimById.get({ queue, id, nowMs: Math.floor(nowMs) });
      return row === undefined ? undefined : fromTaskRow(row);
    },
    nextDueMs(queue) {
      const dueMs = nextDue.get(queue)?.['due_ms'] ?? null;
      return dueMs === null ? undefined : Number(dueMs);
    },
    retry({ seq }, { scheduleMs, nowMs, httpStatus, failure = null }) {
      const times = { scheduleMs: Math.ceil(scheduleMs), nowMs: Math.floor(nowMs) };
      retry.run({ seq, ...times, httpStatus, failure });
    },
    get(queue, id) {
      const row = select.get(queue, id);
      return row === undefined ? undefined : fromTaskRow(row);
    },
    finish: (task, outcome) =>
      inTransaction(state, () => {
        const nowMs = Math.floor(outcome.nowMs);
        unbury.run(nowMs);
        bury.run({ seq: task.seq, expiresMs: nowMs + NAME_HELD_MS });
        // What was deleted while it was under way has not ended: it is gone.
        if (remove.run(task.seq).changes === 0) return;
        count.run({ queue: task.queue, done: outcome.isDone ? 1 : 0 });
        onFinished(task, outcome);
      }),
    release: (queue) => void release.run(queue),
  };
}
