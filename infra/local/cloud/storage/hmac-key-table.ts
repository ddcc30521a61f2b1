/** HMAC keys in SQLite: with their secret a client signs URLs. */

import { randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';

export interface HmacKey {
  readonly accessId: string;
  /** Base64, as clients are told it and sign with it. */
  readonly secret: string;
  readonly projectId: string;
  readonly serviceAccountEmail: string;
  readonly state: 'ACTIVE' | 'INACTIVE';
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface HmacKeyTable {
  create(projectId: string, serviceAccountEmail: string): HmacKey;
  get(accessId: string): HmacKey | undefined;
  /** Of a project, in the order of their ids. */
  all(projectId: string): HmacKey[];
  setState(accessId: string, state: HmacKey['state']): void;
  delete(accessId: string): void;
}

export function openHmacKeyTable(state: DatabaseSync, clock: Clock): HmacKeyTable {
  state.exec(`
    CREATE TABLE IF NOT EXISTS hmac_keys (
      access_id TEXT PRIMARY KEY, secret TEXT NOT NULL, project_id TEXT NOT NULL, email TEXT NOT NULL,
      state TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL
    ) STRICT
  `);
  const insert = state.prepare('INSERT INTO hmac_keys VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *');
  const select = state.prepare('SELECT * FROM hmac_keys WHERE access_id = ?');
  const selectAll = state.prepare('SELECT * FROM hmac_keys WHERE project_id = ? ORDER BY access_id');
  const update = state.prepare('UPDATE hmac_keys SET state = ?, updated_ms = ? WHERE access_id = ?');
  const remove = state.prepare('DELETE FROM hmac_keys WHERE access_id = ?');
  const nowMs = () => Math.floor(clock.now());
  return {
    create(projectId, serviceAccountEmail) {
      const [accessId, secret] = [
        `GOOG1E${randomBytes(28).toString('hex').toUpperCase().slice(0, 55)}`,
        newSecret(),
      ];
      const row = insert.get(accessId, secret, projectId, serviceAccountEmail, 'ACTIVE', nowMs(), nowMs());
      return fromRow(row ?? {});
    },
    get(accessId) {
      const row = select.get(accessId);
      return row === undefined ? undefined : fromRow(row);
    },
    all: (projectId) => selectAll.all(projectId).map(fromRow),
    setState: (accessId, next) => void update.run(next, nowMs(), accessId),
    delete: (accessId) => void remove.run(accessId),
  };
}

const newSecret = () => randomBytes(30).toString('base64');

function fromRow(row: Readonly<Record<string, unknown>>): HmacKey {
  const { access_id, secret, project_id, email, state, created_ms, updated_ms } = row;
  return {
    accessId: String(access_id),
    secret: String(secret),
    projectId: String(project_id),
    serviceAccountEmail: String(email),
    state: state === 'ACTIVE' ? 'ACTIVE' : 'INACTIVE',
    createdMs: Number(created_ms),
    updatedMs: Number(updated_ms),
  };
}
