/** Queues in SQLite: their configuration and state. */

import type { DatabaseSync } from 'node:sqlite';
import { parseQueueConfig, type QueueConfig, toQueueResource } from './queue-config.ts';
import type { Row } from './task-row.ts';

export interface StoredQueue {
  readonly config: QueueConfig;
  readonly paused: boolean;
  /** When it was purged last. */
  readonly purgedMs: number | undefined;
}

export interface QueueTable {
  /** In the order of their names. */
  all(): StoredQueue[];
  put(queue: StoredQueue): void;
  remove(name: string): void;
}

export function openQueueTable(state: DatabaseSync): QueueTable {
  state.exec(`
    CREATE TABLE IF NOT EXISTS queues (
      name TEXT PRIMARY KEY, resource TEXT NOT NULL, paused INTEGER NOT NULL, purged_ms INTEGER
    ) STRICT
  `);
  const selectAll = state.prepare('SELECT * FROM queues ORDER BY name');
  const put = state.prepare('INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?)');
  const remove = state.prepare('DELETE FROM queues WHERE name = ?');
  return {
    all: () => selectAll.all().map(fromRow),
    put({ config, paused, purgedMs }) {
      const resource = JSON.stringify(toQueueResource(config));
      put.run(config.name, resource, paused ? 1 : 0, purgedMs ?? null);
    },
    remove: (name) => void remove.run(name),
  };
}

function fromRow({ resource, paused, purged_ms }: Row): StoredQueue {
  return {
    config: parseQueueConfig(JSON.parse(String(resource))),
    paused: paused === 1,
    purgedMs: purged_ms === null ? undefined : Number(purged_ms),
  };
}
