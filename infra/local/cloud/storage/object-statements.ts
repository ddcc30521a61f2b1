/** The tables of live objects, and the statements on them. */

import type { DatabaseSync } from 'node:sqlite';
import { addColumn } from './add-column.ts';

/** Names are BLOBs: their order is then that of their UTF-8 bytes, in which Cloud Storage lists them. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, name BLOB NOT NULL, generation INTEGER NOT NULL UNIQUE,
    metageneration INTEGER NOT NULL, size INTEGER NOT NULL, crc32c INTEGER NOT NULL, md5 TEXT,
    component_count INTEGER, metadata TEXT NOT NULL, created_ms INTEGER NOT NULL,
    PRIMARY KEY (bucket, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS segments (
    generation INTEGER NOT NULL REFERENCES objects (generation) ON DELETE CASCADE,
    position INTEGER NOT NULL, blob_id TEXT NOT NULL, size INTEGER NOT NULL,
    PRIMARY KEY (generation, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS segments_by_blob ON segments (blob_id);
  CREATE TABLE IF NOT EXISTS last_generation (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1), value INTEGER NOT NULL
  ) STRICT;
  INSERT OR IGNORE INTO last_generation VALUES (1, 0);
`;

export type ObjectStatements = ReturnType<typeof openObjectStatements>;

export function openObjectStatements(state: DatabaseSync) {
  state.exec(SCHEMA);
  addColumn(state, 'objects', 'updated_ms INTEGER');
  addColumn(state, 'objects', 'customer_key_sha256 TEXT');
  return {
    get: state.prepare('SELECT * FROM objects WHERE bucket = ? AND name = ?'),
    from: state.prepare('SELECT * FROM objects WHERE bucket = ? AND name >= ? ORDER BY name'),
    insert: state.prepare('INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    change: state.prepare(
      'UPDATE objects SET metadata = ?, metageneration = ?, updated_ms = ? WHERE generation = ?',
    ),
    delete: state.prepare('DELETE FROM objects WHERE generation = ?'),
    segments: state.prepare('SELECT blob_id, size FROM segments WHERE generation = ? ORDER BY position'),
    insertSegment: state.prepare('INSERT INTO segments VALUES (?, ?, ?, ?)'),
    refersTo: state.prepare('SELECT 1 FROM segments WHERE blob_id = ? LIMIT 1'),
    nextGeneration: state.prepare('UPDATE last_generation SET value = max(value + 1, ?) RETURNING value'),
  };
}
