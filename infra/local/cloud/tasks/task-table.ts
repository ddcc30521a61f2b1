/** Tasks as their queue's users see them: created under a name, looked up, deleted. */

import type { DatabaseSync } from 'node:sqlite';
import { inTransaction } from '../state.ts';
import { createTaskTables, fromTaskRow, type NewTask, type StoredTask } from './task-row.ts';

/** How long a name stays taken once its task is done or deleted; Cloud Tasks says "about an hour". */
export const NAME_HELD_MS = 3_600_000;

export interface TaskTable {
  /** Undefined when the id is taken, by a task or by one that has gone lately. Safe inside a transaction. */
  insert(task: NewTask, nowMs: number): StoredTask | undefined;
  get(queue: string, id: string): StoredTask | undefined;
  /** Up to `limit` tasks in the order of their ids, after `afterId`. */
  page(queue: string, afterId: string, limit: number): StoredTask[];
  /** False when there is no such task. */
  remove(queue: string, id: string, nowMs: number): boolean;
  /** Removes all tasks of a queue. */
  purge(queue: string, nowMs: number): void;
}

export function openTaskTable(state: DatabaseSync): TaskTable {
  createTaskTables(state);
  const insert = state.prepare(`
    INSERT INTO tasks (queue, id, named, request, body, created_ms, schedule_ms, deadline_ms)
    SELECT $queue, $id, $named, $request, $body, $nowMs, $scheduleMs, $deadlineMs
    WHERE NOT EXISTS (
      SELECT 1 FROM task_tombstones WHERE queue = $queue AND id = $id AND expires_ms > $nowMs
    )
    ON CONFLICT (queue, id) DO NOTHING RETURNING *
  `);
  const select = state.prepare('SELECT * FROM tasks WHERE queue = ? AND id = ?');
  const selectPage = state.prepare('SELECT * FROM tasks WHERE queue = ? AND id > ? ORDER BY id LIMIT ?');
  const bury = state.prepare(`
    INSERT OR REPLACE INTO task_tombstones
    SELECT queue, id, $expiresMs FROM tasks WHERE queue = $queue AND named = 1 AND ($id IS NULL OR id = $id)
  `);
  const remove = state.prepare('DELETE FROM tasks WHERE queue = ? AND id = ?');
  const purge = state.prepare('DELETE FROM tasks WHERE queue = ?');

  return {
    insert({ queue, id, named, request, body, scheduleMs, deadlineMs }, nowMs) {
      const row = insert.get({
        queue,
        id,
        named: named ? 1 : 0,
        request: JSON.stringify(request),
        body,
        nowMs: Math.floor(nowMs),
        scheduleMs: Math.ceil(scheduleMs),
        deadlineMs,
      });
      return row === undefined ? undefined : fromTaskRow(row);
    },
    get(queue, id) {
      const row = select.get(queue, id);
      return row === undefined ? undefined : fromTaskRow(row);
    },
    page: (queue, afterId, limit) => selectPage.all(queue, afterId, limit).map(fromTaskRow),
    remove: (queue, id, nowMs) =>
      inTransaction(state, () => {
        bury.run({ queue, id, expiresMs: Math.floor(nowMs) + NAME_HELD_MS });
        return remove.run(queue, id).changes === 1;
      }),
    purge: (queue, nowMs) =>
      inTransaction(state, () => {
        bury.run({ queue, id: null, expiresMs: Math.floor(nowMs) + NAME_HELD_MS });
        purge.run(queue);
      }),
  };
}
