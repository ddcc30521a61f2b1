/** Buckets in SQLite, with what their users have set on them. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { addColumn } from './add-column.ts';

/** Fields of the bucket resource as they were given. */
export type BucketSettings = Readonly<Record<string, unknown>>;

export interface StoredBucket {
  readonly name: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly metageneration: number;
  readonly settings: BucketSettings;
  /** The IAM policy as it was set; undefined while none was. It is shown and never enforced. */
  readonly policy: BucketSettings | undefined;
}

export interface BucketTable {
  /** False when the bucket exists already. */
  create(name: string, settings?: BucketSettings): boolean;
  has(name: string): boolean;
  get(name: string): StoredBucket | undefined;
  /** Whose names start with `prefix` and are not less than `fromName`, in the order of their names. */
  from(fromName: string, prefix: string): StoredBucket[];
  /** Makes the next metageneration. */
  change(name: string, settings: BucketSettings): void;
  setPolicy(name: string, policy: BucketSettings): void;
  delete(name: string): void;
}

export function openBucketTable(state: DatabaseSync, clock: Clock): BucketTable {
  state.exec(
    `CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, created_ms INTEGER NOT NULL) STRICT`,
  );
  addColumn(state, 'buckets', 'updated_ms INTEGER');
  addColumn(state, 'buckets', 'metageneration INTEGER NOT NULL DEFAULT 1');
  addColumn(state, 'buckets', `settings TEXT NOT NULL DEFAULT '{}'`);
  addColumn(state, 'buckets', 'policy TEXT');
  const insert = state.prepare('INSERT OR IGNORE INTO buckets (name, created_ms, settings) VALUES (?, ?, ?)');
  const selectFrom = state.prepare(
    'SELECT * FROM buckets WHERE name >= ? AND substr(name, 1, length(?)) = ? ORDER BY name',
  );
  const selectName = state.prepare('SELECT 1 FROM buckets WHERE name = ?');
  const select = state.prepare('SELECT * FROM buckets WHERE name = ?');
  const update = state.prepare(
    'UPDATE buckets SET settings = ?, updated_ms = ?, metageneration = metageneration + 1 WHERE name = ?',
  );
  const updatePolicy = state.prepare('UPDATE buckets SET policy = ? WHERE name = ?');
  const remove = state.prepare('DELETE FROM buckets WHERE name = ?');
  const nowMs = () => Math.floor(clock.now());
  return {
    create: (name, settings = {}) => insert.run(name, nowMs(), JSON.stringify(settings)).changes === 1,
    has: (name) => selectName.get(name) !== undefined,
    get(name) {
      const row = select.get(name);
      return row === undefined ? undefined : fromRow(row);
    },
    from: (fromName, prefix) => selectFrom.all(fromName, prefix, prefix).map(fromRow),
    change: (name, settings) => void update.run(JSON.stringify(settings), nowMs(), name),
    setPolicy: (name, policy) => void updatePolicy.run(JSON.stringify(policy), name),
    delete: (name) => void remove.run(name),
  };
}

function fromRow(row: Readonly<Record<string, unknown>>): StoredBucket {
  const { name, created_ms, updated_ms, metageneration, settings, policy } = row;
  return {
    name: String(name),
    createdMs: Number(created_ms),
    updatedMs: Number(updated_ms ?? created_ms),
    metageneration: Number(metageneration),
    settings: JSON.parse(String(settings)) as BucketSettings,
    policy: policy === null ? undefined : (JSON.parse(String(policy)) as BucketSettings),
  };
}
