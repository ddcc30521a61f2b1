/** Columns that came later: added to the tables of a folder that an earlier version has made. */

import type { DatabaseSync } from 'node:sqlite';

/** @param definition as in CREATE TABLE, such as `updated_ms INTEGER`. Does nothing where the column is there. */
export function addColumn(state: DatabaseSync, table: string, definition: string): void {
  const [name] = definition.split(' ', 1);
  const columns = state.prepare(`PRAGMA table_info(${table})`).all();
  if (columns.some((column) => column['name'] === name)) return;
  state.exec(`ALTER TABLE ${table} ADD COLUMN ${definition}`);
}
