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
  /** Undefined also for one of more than a week. */
  get(id: string): UploadSession | undefined;
  finish(id: string, result: string): void;
  delete(id: string): void;
  /** Forgets sessions of more than a week, but for those in use; returns the blobs of those that were not finished. */
  expire(isInUse?: (id: string) => boolean): string[];
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
  const select = state.prepare('SELECT * FROM upload_sessions WHERE id = ? AND created_ms >= ?');
  const setResult = state.prepare('UPDATE upload_sessions SET result = ? WHERE id = ?');
  const remove = state.prepare('DELETE FROM upload_sessions WHERE id = ?');
  const selectBefore = state.prepare('SELECT * FROM upload_sessions WHERE created_ms < ?');
  const selectBlob = state.prepare('SELECT 1 FROM upload_sessions WHERE blob_id = ? AND result IS NULL');
  const oldestMs = () => Math.floor(clock.now()) - MAX_AGE_MS;
  return {
    create({ id, upload, blobId }) {
      insert.run(id, JSON.stringify(upload), blobId, Math.floor(clock.now()));
    },
    get(id) {
      const row = select.get(id, oldestMs());
      return row === undefined ? undefined : fromRow(row);
    },
    finish: (id, result) => void setResult.run(result, id),
    delete: (id) => void remove.run(id),
    expire(isInUse = () => false) {
      const expired = selectBefore.all(oldestMs()).map(fromRow);
      const idle = expired.filter(({ id }) => !isInUse(id));
      for (const { id } of idle) remove.run(id);
      return idle.filter(({ result }) => result === undefined).map(({ blobId }) => blobId);
    },
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
