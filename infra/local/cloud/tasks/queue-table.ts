/** Queues in SQLite: their configuration and state. */

import type { DatabaseSync } from 'node:sqlite';
import { parseQueueConfig, type QueueConfig, toQueueResource } from './queue-config.ts';
import type { Row } from './task-row.ts';

/** How long the name of a deleted queue stays taken: Cloud Tasks says 7 days. */
const NAME_HELD_MS = 7 * 24 * 3_600_000;

export interface StoredQueue {
  readonly config: QueueConfig;
  readonly paused: boolean;
  /** When it was purged last. */
  readonly purgedMs: number | undefined;
}

export interface QueueTable {
  /** In the order of their names. */
  all(): StoredQueue[];
  /** Takes the name back, if it was held. */
  put(queue: StoredQueue): void;
  remove(name: string, nowMs: number): void;
  /** Whether a queue of this name was removed lately. */
  isNameHeld(name: string, nowMs: number): boolean;
}

export function openQueueTable(state: DatabaseSync): QueueTable {
  state.exec(`
    CREATE TABLE IF NOT EXISTS queues (
      name TEXT PRIMARY KEY, resource TEXT NOT NULL, paused INTEGER NOT NULL, purged_ms INTEGER
    ) STRICT;
    CREATE TABLE IF NOT EXISTS queue_tombstones (name TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL) STRICT
  `);
  const selectAll = state.prepare('SELECT * FROM queues ORDER BY name');
  const put = state.prepare('INSERT OR REPLACE INTO queues VALUES (?, ?, ?, ?)');
  const remove = state.prepare('DELETE FROM queues WHERE name = ?');
  const bury = state.prepare('INSERT OR REPLACE INTO queue_tombstones VALUES (?, ?)');
  const unbury = state.prepare('DELETE FROM queue_tombstones WHERE name = ? OR expires_ms <= ?');
  const selectHeld = state.prepare('SELECT 1 FROM queue_tombstones WHERE name = ? AND expires_ms > ?');
  return {
    all: () => selectAll.all().map(fromRow),
    put({ config, paused, purgedMs }) {
      const resource = JSON.stringify(toQueueResource(config));
      put.run(config.name, resource, paused ? 1 : 0, purgedMs ?? null);
      unbury.run(config.name, 0);
    },
    remove(name, nowMs) {
      unbury.run(name, Math.floor(nowMs));
      bury.run(name, Math.floor(nowMs) + NAME_HELD_MS);
      remove.run(name);
    },
    isNameHeld: (name, nowMs) => selectHeld.get(name, Math.floor(nowMs)) !== undefined,
  };
}

function fromRow({ resource, paused, purged_ms }: Row): StoredQueue {
  return {
    config: parseQueueConfig(JSON.parse(String(resource))),
    paused: paused === 1,
    purgedMs: purged_ms === null ? undefined : Number(purged_ms),
  };
}
