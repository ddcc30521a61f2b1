/** Notification configurations of buckets in SQLite. They are kept for clients that manage them; nothing is published. */

import type { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from './merge-patch.ts';

export interface StoredNotification {
  readonly id: string;
  readonly resource: JsonObject;
}

export interface NotificationTable {
  /** Returns the id: a decimal number, unique in the folder. */
  insert(bucket: string, resource: JsonObject): string;
  get(bucket: string, id: string): StoredNotification | undefined;
  all(bucket: string): StoredNotification[];
  /** False where there was none. */
  delete(bucket: string, id: string): boolean;
  deleteAll(bucket: string): void;
}

export function openNotificationTable(state: DatabaseSync): NotificationTable {
  state.exec(`
    CREATE TABLE IF NOT EXISTS notifications (
      id INTEGER PRIMARY KEY AUTOINCREMENT, bucket TEXT NOT NULL, resource TEXT NOT NULL
    ) STRICT
  `);
  const insert = state.prepare('INSERT INTO notifications (bucket, resource) VALUES (?, ?)');
  const select = state.prepare('SELECT * FROM notifications WHERE bucket = ? AND CAST(id AS TEXT) = ?');
  const selectAll = state.prepare('SELECT * FROM notifications WHERE bucket = ? ORDER BY id');
  const remove = state.prepare('DELETE FROM notifications WHERE bucket = ? AND CAST(id AS TEXT) = ?');
  const removeAll = state.prepare('DELETE FROM notifications WHERE bucket = ?');
  return {
    insert: (bucket, resource) => String(insert.run(bucket, JSON.stringify(resource)).lastInsertRowid),
    get(bucket, id) {
      const row = select.get(bucket, id);
      return row === undefined ? undefined : fromRow(row);
    },
    all: (bucket) => selectAll.all(bucket).map(fromRow),
    delete: (bucket, id) => remove.run(bucket, id).changes > 0,
    deleteAll: (bucket) => void removeAll.run(bucket),
  };
}

function fromRow(row: Readonly<Record<string, unknown>>): StoredNotification {
  return { id: String(row['id']), resource: JSON.parse(String(row['resource'])) as JsonObject };
}
