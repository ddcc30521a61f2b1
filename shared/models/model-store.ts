/** Model files on this machine: out of the image, or fetched from a bucket, checked, and kept within a budget. */

import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RetryableError } from '../errors/retryable-error.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkModelFile, receiveModelFile, type StatedFile } from './model-store-bytes.ts';

export interface ModelStoreOptions {
  /** Files that came with the image: used where they lie, never removed. */
  readonly bundled?: string;
  /** Where fetched files are kept; this store's own. */
  readonly folder: string;
  /** Of fetched files; on Cloud Run they lie in memory. */
  readonly budgetBytes: number;
  /** True = a fetched file is removed when nobody holds it any more, not only when the room is needed. */
  readonly removeUnused?: boolean;
  /** Where files that the image lacks are fetched from. */
  readonly bucket?: { readonly store: ObjectStore; readonly prefix: string };
}

/** A file in use: it is not removed before it is let go. */
export interface HeldFile extends Disposable {
  readonly path: string;
}

export interface ModelStore {
  /**
   * Holds the file of exactly these bytes; callers at once wait for one download. Throws a TerminalError: 'model-invalid'
   * when there is no such file or it exceeds the budget, 'model-mismatch' when it is another; a RetryableError
   * ('overloaded') while files in use leave no room. After an error the next call tries again.
   */
  hold(file: StatedFile): Promise<HeldFile>;
  /** Bytes of fetched files, those on their way included. */
  usedBytes(): number;
}

interface Kept {
  readonly path: string;
  readonly bytes: number;
  /** Settles when the file is there and checked; absent for one that an earlier process left. */
  ready?: Promise<void>;
  holders: number;
}

const FETCHED = /^[0-9a-f]{64}$/;

export function createModelStore(options: ModelStoreOptions): ModelStore {
  /** By SHA-256; the least recently used first. */
  const kept = new Map<string, Kept>();
  const bundled = new Map<string, Promise<void>>();
  let scanned: Promise<void> | undefined;

  const usedBytes = () => [...kept.values()].reduce((sum, { bytes }) => sum + bytes, 0);

  /** What an earlier process left: whole files are taken over, and checked when they are wanted; halves are removed. */
  async function scan(): Promise<void> {
    await mkdir(options.folder, { recursive: true });
    for (const name of await readdir(options.folder)) {
      const path = join(options.folder, name);
      if (FETCHED.test(name)) kept.set(name, { path, bytes: (await stat(path)).size, holders: 0 });
      else await rm(path, { force: true });
    }
    evict();
  }

  /** In one turn, so that nobody fetches a file that is just being removed. */
  function evict(): void {
    for (const [sha256, { path, holders }] of kept) {
      if (usedBytes() <= options.budgetBytes) return;
      if (holders > 0) continue;
      kept.delete(sha256);
      rmSync(path, { force: true });
    }
  }

  async function fetchFile(file: StatedFile, path: string): Promise<void> {
    const { bucket, budgetBytes } = options;
    if (bucket === undefined) throw new TerminalError('model-invalid', `there is no model file ${file.file}`);
    if (file.bytes > budgetBytes) {
      const message = `${file.file} has ${file.bytes} bytes, the budget of model files is ${budgetBytes}`;
      throw new TerminalError('model-invalid', message);
    }
    evict();
    if (usedBytes() > budgetBytes)
      throw new RetryableError('overloaded', `model files in use leave no room for ${file.file}`);
    const unfinished = `${path}.${randomUUID()}`;
    try {
      await receiveModelFile(bucket.store.read(`${bucket.prefix}${file.file}`), unfinished, file);
      await rename(unfinished, path);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  async function holdFetched(file: StatedFile): Promise<HeldFile> {
    scanned ??= scan().catch((error: unknown) => {
      scanned = undefined;
      throw error;
    });
    await scanned;
    const path = join(options.folder, file.sha256);
    const entry = kept.get(file.sha256) ?? { path, bytes: file.bytes, holders: 0 };
    kept.delete(file.sha256);
    kept.set(file.sha256, entry);
    entry.holders += 1;
    entry.ready ??= existsSync(path)
      ? checkModelFile(path, file).catch(() => fetchFile(file, path))
      : fetchFile(file, path);
    try {
      await entry.ready;
    } catch (error) {
      entry.holders -= 1;
      if (kept.get(file.sha256) === entry) kept.delete(file.sha256);
      rmSync(path, { force: true });
      throw error;
    }
    return heldFile(path, () => {
      entry.holders -= 1;
      if (options.removeUnused !== true || entry.holders > 0 || kept.get(file.sha256) !== entry) return;
      kept.delete(file.sha256);
      rmSync(path, { force: true });
    });
  }

  async function findBundled(file: StatedFile): Promise<string | undefined> {
    if (options.bundled === undefined) return undefined;
    const path = join(options.bundled, file.file);
    if (!existsSync(path)) return undefined;
    const check = bundled.get(file.sha256) ?? checkModelFile(path, file);
    bundled.set(file.sha256, check);
    await check;
    return path;
  }

  return {
    async hold(file) {
      const path = await findBundled(file);
      return path === undefined ? await holdFetched(file) : heldFile(path, () => undefined);
    },
    usedBytes,
  };
}

/** Letting go twice is letting go once. */
function heldFile(path: string, letGo: () => void): HeldFile {
  let isHeld = true;
  return {
    path,
    [Symbol.dispose]() {
      if (isHeld) letGo();
      isHeld = false;
    },
  };
}
