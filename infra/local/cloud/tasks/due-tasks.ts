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
  /** Ends an attempt; the task is due again at `scheduleMs`. No effect once the task has gone. */
  retry(
    task: StoredTask,
    outcome: { scheduleMs: number; nowMs: number; httpStatus: number | undefined },
  ): void;
  /** Ends a task for good. */
  finish(task: StoredTask, nowMs: number): void;
  /** Makes the tasks whose attempt a stop or a crash cut short due again. */
  release(queue: string): void;
}

export function openDueTasks(state: DatabaseSync): DueTasks {
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
    UPDATE tasks SET in_flight = 0, schedule_ms = $scheduleMs, last_response_ms = $responseMs,
      last_http_status = coalesce($httpStatus, last_http_status),
      response_count = response_count + ($httpStatus IS NOT NULL)
    WHERE seq = $seq
  `);
  const bury = state.prepare(`
    INSERT OR REPLACE INTO task_tombstones
    SELECT queue, id, $expiresMs FROM tasks WHERE seq = $seq AND named = 1
  `);
  const unbury = state.prepare('DELETE FROM task_tombstones WHERE expires_ms <= ?');
  const remove = state.prepare('DELETE FROM tasks WHERE seq = ?');
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
    retry({ seq }, { scheduleMs, nowMs, httpStatus = null }) {
      const responseMs = httpStatus === null ? null : Math.floor(nowMs);
      retry.run({ seq, scheduleMs: Math.ceil(scheduleMs), responseMs, httpStatus });
    },
    finish: ({ seq }, nowMs) =>
      inTransaction(state, () => {
        unbury.run(Math.floor(nowMs));
        bury.run({ seq, expiresMs: Math.floor(nowMs) + NAME_HELD_MS });
        remove.run(seq);
      }),
    release: (queue) => void release.run(queue),
  };
}
