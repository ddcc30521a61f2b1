/** The one SQLite database of the local cloud; every API keeps its own tables in it. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** An earlier process that was told to end is gone by then. */
const BUSY_TIMEOUT_MS = 2_000;

/** SQLITE_BUSY: another connection holds the lock. */
const SQLITE_BUSY = 5;

/**
 * Opens (or makes) `DIR/state.sqlite`, and holds the folder for itself until it is closed or the process is gone: two
 * processes would each sweep away the blobs that the other is writing. Throws when another holds it. A committed transaction survives a kill of the process; the last ones may
 * be lost with the machine, as WAL with synchronous NORMAL trades that for speed.
 */
export function openState(dir: string): DatabaseSync {
  mkdirSync(dir, { recursive: true });
  const database = new DatabaseSync(join(dir, 'state.sqlite'), { timeout: BUSY_TIMEOUT_MS });
  try {
    // The lock first: taken before WAL begins, it is one of the file system, which no crash leaves behind.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    throw new Error(`another Pillbox uses this folder: ${dir}`, { cause: error });
  }
}

/** Runs `work` in one transaction; what it throws rolls everything back. Must not be nested. */
export function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk has rolled it back already.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}
