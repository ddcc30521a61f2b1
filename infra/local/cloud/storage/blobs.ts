/** Blobs: the bytes of objects, each an immutable file under a random name. */

import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { type Checksums, startChecksum } from './checksum.ts';

/** Large reads, as each one is a trip to a thread. */
const READ_CHUNK_BYTES = 256 * 1024;

const FOLDER = /^[0-9a-f]{2}$/;
const ID = /^[0-9a-f]{32}$/;

export interface Blob extends Checksums {
  readonly id: string;
  readonly sizeBytes: number;
}

/** A range of one blob. */
export interface BlobRange {
  readonly id: string;
  readonly startByte: number;
  readonly endByteExclusive: number;
}

export interface Blobs {
  /** An unused name. Nothing refers to it yet, so a crash leaves at most an orphan for `sweep`. */
  newId(): string;
  /** Streams `source` into a new blob; when the source fails, nothing is left. */
  write(source: AsyncIterable<Uint8Array>): Promise<Blob>;
  /** Adds to the end of a blob, made if absent; when the source fails, what came before that is kept. Returns its size. */
  append(id: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /** Reads the blob for its size and checksums; an absent one is made, empty. */
  measure(id: string): Promise<Blob>;
  /** Size of the file; 0 when there is none. */
  sizeBytes(id: string): Promise<number>;
  /**
   * Writes the bytes of the ranges, in order, and ends `destination`. The blobs stay readable until then, even when they
   * are removed meanwhile. Throws when the destination closes early.
   */
  send(ranges: readonly BlobRange[], destination: Writable): Promise<void>;
  /** Deletes the files, at once or when their last reader has ended. */
  remove(ids: readonly string[]): Promise<void>;
  /** Deletes every file that `isReferenced` does not know: what a crash left behind. */
  sweep(isReferenced: (id: string) => boolean): Promise<void>;
}

export function openBlobs(dir: string): Blobs {
  const readers = new Map<string, number>();
  const doomed = new Set<string>();
  // Two hex digits in front keep folders small.
  const fileOf = (id: string) => join(dir, id.slice(0, 2), id);
  const newId = () => randomBytes(16).toString('hex');

  async function write(source: AsyncIterable<Uint8Array>): Promise<Blob> {
    const id = newId();
    const checksum = startChecksum();
    try {
      const sizeBytes = await append(id, source, checksum.update);
      return { id, sizeBytes, ...checksum.current() };
    } catch (error) {
      await remove([id]);
      throw error;
    }
  }

  /** Writes every chunk before it takes the next, so at most one is in memory. */
  async function append(
    id: string,
    source: AsyncIterable<Uint8Array>,
    onChunk?: (chunk: Uint8Array) => void,
  ) {
    const handle = await openToAppend(fileOf(id));
    try {
      let sizeBytes = 0;
      for await (const chunk of source) {
        onChunk?.(chunk);
        await handle.appendFile(chunk);
        sizeBytes += chunk.length;
      }
      return sizeBytes;
    } finally {
      await handle.close();
    }
  }

  async function measure(id: string): Promise<Blob> {
    const checksum = startChecksum();
    await mkdir(dirname(fileOf(id)), { recursive: true });
    const stream = createReadStream(fileOf(id), { flags: 'a+', highWaterMark: READ_CHUNK_BYTES, start: 0 });
    for await (const chunk of stream) checksum.update(chunk);
    return { id, sizeBytes: stream.bytesRead, ...checksum.current() };
  }

  async function send(ranges: readonly BlobRange[], destination: Writable): Promise<void> {
    for (const { id } of ranges) readers.set(id, (readers.get(id) ?? 0) + 1);
    try {
      const buffer = Buffer.allocUnsafe(READ_CHUNK_BYTES);
      for (const range of ranges) await sendRange(fileOf(range.id), range, buffer, destination);
      destination.end();
    } finally {
      for (const { id } of ranges) await forgetReader(id);
    }
  }

  async function forgetReader(id: string): Promise<void> {
    const left = (readers.get(id) ?? 1) - 1;
    if (left > 0) {
      readers.set(id, left);
      return;
    }
    readers.delete(id);
    if (doomed.delete(id)) await rm(fileOf(id), { force: true });
  }

  async function remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (readers.has(id)) doomed.add(id);
      else await rm(fileOf(id), { force: true });
    }
  }

  return {
    newId,
    write,
    append: (id, source) => append(id, source),
    measure,
    sizeBytes: async (id) => (await stat(fileOf(id)).catch(ignoreMissing))?.size ?? 0,
    send,
    remove,
    async sweep(isReferenced) {
      const entries = (await readdir(dir, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
      // A file manager leaves files of its own in folders it shows.
      for (const { name } of entries.filter((entry) => entry.isDirectory() && FOLDER.test(entry.name))) {
        const ids = await readdir(join(dir, name));
        await remove(ids.filter((id) => ID.test(id) && !isReferenced(id)));
      }
    },
  };
}

/** Its folder is made where it is absent: to ask for that each time would be the dearest part of a small object. */
async function openToAppend(file: string): Promise<FileHandle> {
  const handle = await open(file, 'a').catch(ignoreMissing);
  if (handle !== undefined) return handle;
  await mkdir(dirname(file), { recursive: true });
  return open(file, 'a');
}

/** Through the one buffer, again and again: a new one for each chunk would be tens of MiB of garbage at any time. */
async function sendRange(
  file: string,
  range: BlobRange,
  buffer: Buffer,
  destination: Writable,
): Promise<void> {
  const handle = await open(file, 'r');
  try {
    let position = range.startByte;
    while (position < range.endByteExclusive) {
      const wantedBytes = Math.min(buffer.length, range.endByteExclusive - position);
      const { bytesRead } = await handle.read(buffer, 0, wantedBytes, position);
      if (bytesRead === 0) throw new Error(`blob ${range.id} ends at byte ${position}`);
      await flushed(destination, buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Resolves when the bytes have left for the system, and the buffer is free again. Throws when `destination` closes. */
function flushed(destination: Writable, chunk: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('the destination closed before it had everything'));
    if (destination.destroyed) return onClose();
    // A response whose socket is already destroyed, but not yet closed, takes the bytes and calls nobody back.
    destination.once('close', onClose);
    destination.write(chunk, (error) => {
      destination.off('close', onClose);
      if (error) reject(error);
      else resolve();
    });
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
