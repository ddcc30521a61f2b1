/** Sessions of resumable uploads in SQLite, so that an uploader can go on after a restart. */

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import type { Upload } from './finalize.ts';

/** As Cloud Storage keeps them. */
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;

export interface UploadSession {
  readonly id: string;
  readonly upload: Upload;
  /** The blob that takes the bytes; how many have arrived is the size of its file. */
  readonly blobId: string;
  /** The finished object's resource as JSON; undefined while the upload goes on. */
  readonly result: string | undefined;
}

export interface UploadSessions {
  create(session: Pick<UploadSession, 'id' | 'upload' | 'blobId'>): void;
  get(id: string): UploadSession | undefined;
  finish(id: string, result: string): void;
  delete(id: string): void;
  /** Forgets sessions of more than a week. */
  expire(): void;
  /** True for the blob of an upload that goes on. */
  refersTo(blobId: string): boolean;
}

export function openUploadSessions(state: DatabaseSync, clock: Clock): UploadSessions {
  state.exec(`
    CREATE TABLE IF NOT EXISTS upload_sessions (
      id TEXT PRIMARY KEY, upload TEXT NOT NULL, blob_id TEXT NOT NULL UNIQUE, result TEXT,
      created_ms INTEGER NOT NULL
    ) STRICT
  `);
  const insert = state.prepare('INSERT INTO upload_sessions VALUES (?, ?, ?, NULL, ?)');
  const select = state.prepare('SELECT * FROM upload_sessions WHERE id = ?');
  const setResult = state.prepare('UPDATE upload_sessions SET result = ? WHERE id = ?');
  const remove = state.prepare('DELETE FROM upload_sessions WHERE id = ?');
  const removeBefore = state.prepare('DELETE FROM upload_sessions WHERE created_ms < ?');
  const selectBlob = state.prepare('SELECT 1 FROM upload_sessions WHERE blob_id = ? AND result IS NULL');
  return {
    create({ id, upload, blobId }) {
      insert.run(id, JSON.stringify(upload), blobId, Math.floor(clock.now()));
    },
    get(id) {
      const row = select.get(id);
      return row === undefined ? undefined : fromRow(row);
    },
    finish: (id, result) => void setResult.run(result, id),
    delete: (id) => void remove.run(id),
    expire: () => void removeBefore.run(Math.floor(clock.now()) - MAX_AGE_MS),
    refersTo: (blobId) => selectBlob.get(blobId) !== undefined,
  };
}

function fromRow({ id, upload, blob_id, result }: Readonly<Record<string, unknown>>): UploadSession {
  return {
    id: String(id),
    upload: JSON.parse(String(upload)) as Upload,
    blobId: String(blob_id),
    result: result === null ? undefined : String(result),
  };
}
