/** Live objects in SQLite: a change of an object, of what it refers to, and its events are one transaction. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { inTransaction } from '../state.ts';
import type { ObjectMetadata } from './object-metadata.ts';
import { type ObjectStatements, openObjectStatements } from './object-statements.ts';
import {
  fromObjectRow,
  type NewObject,
  type Segment,
  type StoredObject,
  toObjectRow,
} from './stored-object.ts';

/** As the last part of the names of Cloud Storage's event types. */
export type ObjectChange = 'finalized' | 'deleted' | 'metadataUpdated';

export interface NewObjectParts {
  readonly object: NewObject;
  readonly segments: readonly Segment[];
  /** Goes away in the same transaction, as the source of a move does. */
  readonly alsoDrop?: StoredObject;
}

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
    decide: () => NewObjectParts,
    alsoCommit?: (object: StoredObject) => void,
  ): { object: StoredObject; orphans: string[] };
  /** Gives the live object the metadata that `decide` returns, as its next metageneration. */
  change(
    bucket: string,
    name: string,
    decide: (live: StoredObject | undefined) => { live: StoredObject; metadata: ObjectMetadata },
  ): StoredObject;
  /** Deletes the live generation unless `check` throws; returns the blobs that nothing refers to any more. */
  delete(bucket: string, name: string, check: (live: StoredObject | undefined) => void): string[];
  refersTo(blobId: string): boolean;
}

export interface ObjectTableOptions {
  readonly state: DatabaseSync;
  readonly clock: Clock;
  /** Told inside the transaction: what it writes to the same database is kept or lost with the change. */
  readonly onChange: (change: ObjectChange, object: StoredObject) => void;
}

export function openObjectTable({ state, clock, onChange }: ObjectTableOptions): ObjectTable {
  const sql = openObjectStatements(state);
  const nowMs = () => Math.floor(clock.now());
  const get = (bucket: string, name: string) => liveObject(sql, bucket, name);
  const refersTo = (blobId: string) => sql.refersTo.get(blobId) !== undefined;
  const orphansAmong = (blobIds: readonly string[]) => [...new Set(blobIds)].filter((id) => !refersTo(id));

  /** Returns the blobs that the generation referred to; some may still be referred to by others. */
  function drop(live: StoredObject | undefined): string[] {
    if (live === undefined) return [];
    const blobIds = segmentsOf(sql, live.generation).map((segment) => segment.blobId);
    sql.delete.run(live.generation);
    onChange('deleted', live);
    return blobIds;
  }

  function insert(fresh: NewObject, parts: readonly Segment[]): StoredObject {
    const createdMs = nowMs();
    const generation = Number(sql.nextGeneration.get(createdMs * 1000)?.['value']);
    const object = { ...fresh, generation, metageneration: 1, createdMs, updatedMs: createdMs };
    sql.insert.run(...toObjectRow(object));
    for (const [position, part] of parts.entries()) {
      sql.insertSegment.run(generation, position, part.blobId, part.sizeBytes);
    }
    onChange('finalized', object);
    return object;
  }

  return {
    get,
    *from(bucket, fromName) {
      for (const row of sql.from.iterate(bucket, fromName)) yield fromObjectRow(row);
    },
    segments: (generation) => segmentsOf(sql, generation),
    put: (decide, alsoCommit) =>
      inTransaction(state, () => {
        const { object: fresh, segments: parts, alsoDrop } = decide();
        const dropped = [...drop(get(fresh.bucket, fresh.name)), ...drop(alsoDrop)];
        const object = insert(fresh, parts);
        alsoCommit?.(object);
        return { object, orphans: orphansAmong(dropped) };
      }),
    change: (bucket, name, decide) =>
      inTransaction(state, () => {
        const { live, metadata } = decide(get(bucket, name));
        const object = { ...live, metadata, metageneration: live.metageneration + 1, updatedMs: nowMs() };
        sql.change.run(JSON.stringify(metadata), object.metageneration, object.updatedMs, live.generation);
        onChange('metadataUpdated', object);
        return object;
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

function liveObject(sql: ObjectStatements, bucket: string, name: string): StoredObject | undefined {
  const row = sql.get.get(bucket, Buffer.from(name));
  return row === undefined ? undefined : fromObjectRow(row);
}

function segmentsOf(sql: ObjectStatements, generation: number): Segment[] {
  const rows = sql.segments.all(generation);
  return rows.map((row) => ({ blobId: String(row['blob_id']), sizeBytes: Number(row['size']) }));
}
