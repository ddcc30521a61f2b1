/** Live objects in SQLite: a change of an object, of what it refers to, and its event are one transaction. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { inTransaction } from '../state.ts';
import {
  fromObjectRow,
  type NewObject,
  type Segment,
  type StoredObject,
  toObjectRow,
} from './stored-object.ts';

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

export interface ObjectTable {
  /** The live generation. */
  get(bucket: string, name: string): StoredObject | undefined;
  /** Live objects from `fromName` on, in the order of their UTF-8 bytes. */
  from(bucket: string, fromName: Uint8Array): Iterable<StoredObject>;
  segments(generation: number): Segment[];
  /**
   * Makes the object that `decide` returns live, in one transaction with all that `decide` looks up; what it throws
   * leaves everything as it was. Also returns the blobs that nothing refers to any more.
   * @param alsoCommit runs last in that transaction.
   */
  put(
    decide: () => { object: NewObject; segments: readonly Segment[] },
    alsoCommit?: (object: StoredObject) => void,
  ): { object: StoredObject; orphans: string[] };
  /** Deletes the live generation unless `check` throws; returns the blobs that nothing refers to any more. */
  delete(bucket: string, name: string, check: (live: StoredObject | undefined) => void): string[];
  refersTo(blobId: string): boolean;
}

export interface ObjectTableOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  /** Told inside the transaction: what it writes to the same database is kept or lost with the object. */
  readonly onFinalized: (object: StoredObject) => void;
}

export function openObjectTable({ state, clock, onFinalized }: ObjectTableOptions): ObjectTable {
  state.exec(SCHEMA);
  const sql = prepareStatements(state);

  function get(bucket: string, name: string): StoredObject | undefined {
    const row = sql.get.get(bucket, Buffer.from(name));
    return row === undefined ? undefined : fromObjectRow(row);
  }

  function segments(generation: number): Segment[] {
    const rows = sql.segments.all(generation);
    return rows.map((row) => ({ blobId: String(row['blob_id']), sizeBytes: Number(row['size']) }));
  }

  const refersTo = (blobId: string) => sql.refersTo.get(blobId) !== undefined;
  const orphansAmong = (blobIds: readonly string[]) => [...new Set(blobIds)].filter((id) => !refersTo(id));

  /** Returns the blobs that the generation referred to; some may still be referred to by others. */
  function drop(live: StoredObject | undefined): string[] {
    if (live === undefined) return [];
    const blobIds = segments(live.generation).map((segment) => segment.blobId);
    sql.delete.run(live.generation);
    return blobIds;
  }

  function insert(fresh: NewObject, parts: readonly Segment[]): StoredObject {
    const createdMs = Math.floor(clock.now());
    const generation = Number(sql.nextGeneration.get(createdMs * 1000)?.['value']);
    const object: StoredObject = { ...fresh, generation, metageneration: 1, createdMs };
    sql.insert.run(...toObjectRow(object));
    for (const [position, part] of parts.entries()) {
      sql.insertSegment.run(generation, position, part.blobId, part.sizeBytes);
    }
    return object;
  }

  return {
    get,
    *from(bucket, fromName) {
      for (const row of sql.from.iterate(bucket, fromName)) yield fromObjectRow(row);
    },
    segments,
    put: (decide, alsoCommit) =>
      inTransaction(state, () => {
        const { object: fresh, segments: parts } = decide();
        const dropped = drop(get(fresh.bucket, fresh.name));
        const object = insert(fresh, parts);
        onFinalized(object);
        alsoCommit?.(object);
        return { object, orphans: orphansAmong(dropped) };
      }),
    delete: (bucket, name, check) =>
      inTransaction(state, () => {
        const live = get(bucket, name);
        check(live);
        return orphansAmong(drop(live));
      }),
    refersTo,
  };
}

function prepareStatements(state: DatabaseSync) {
  return {
    get: state.prepare('SELECT * FROM objects WHERE bucket = ? AND name = ?'),
    from: state.prepare('SELECT * FROM objects WHERE bucket = ? AND name >= ? ORDER BY name'),
    insert: state.prepare('INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    delete: state.prepare('DELETE FROM objects WHERE generation = ?'),
    segments: state.prepare('SELECT blob_id, size FROM segments WHERE generation = ? ORDER BY position'),
    insertSegment: state.prepare('INSERT INTO segments VALUES (?, ?, ?, ?)'),
    refersTo: state.prepare('SELECT 1 FROM segments WHERE blob_id = ? LIMIT 1'),
    nextGeneration: state.prepare('UPDATE last_generation SET value = max(value + 1, ?) RETURNING value'),
  };
}
