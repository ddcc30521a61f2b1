/** Buckets in SQLite. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';

export interface StoredBucket {
  readonly name: string;
  readonly createdMs: number;
}

export interface BucketTable {
  /** False when the bucket exists already. */
  create(name: string): boolean;
  get(name: string): StoredBucket | undefined;
  /** In the order of their names. */
  all(): StoredBucket[];
}

export function openBucketTable(state: DatabaseSync, clock: Clock): BucketTable {
  state.exec(
    `CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT`,
  );
  const insert = state.prepare('INSERT OR IGNORE INTO buckets VALUES (?, ?)');
  const selectAll = state.prepare('SELECT * FROM buckets ORDER BY name');
  const select = state.prepare('SELECT * FROM buckets WHERE name = ?');
  return {
    create: (name) => insert.run(name, Math.floor(clock.now())).changes === 1,
    get(name) {
      const row = select.get(name);
      return row === undefined ? undefined : fromRow(row);
    },
    all: () => selectAll.all().map(fromRow),
  };
}

function fromRow(row: Readonly<Record<string, unknown>>): StoredBucket {
  return { name: String(row['name']), createdMs: Number(row['created_ms']) };
}
