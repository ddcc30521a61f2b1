/** Copies one object to a file, which is there whole and checked or not at all. */

import { randomUUID } from 'node:crypto';
import { createWriteStream, rmSync } from 'node:fs';
import { mkdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startCrc32c } from '../../../shared/storage/crc32c.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { type Download, statIfThere } from './places.ts';

/** Files that are being written; Ctrl-C leaves none of them behind. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true });
});

/** Throws when the bytes are not those of the object's checksum, or the path cannot be written. */
export async function download(
  store: ObjectStore,
  { info, path }: Pick<Download, 'info'> & { readonly path: string },
  { overwrite }: { overwrite: boolean },
): Promise<'copied' | 'kept'> {
  const existing = await statIfThere(path);
  if (existing !== undefined && !overwrite) return 'kept';
  if (existing?.isDirectory() === true) throw new Error(`${path} is a folder`);
  await mkdir(dirname(path), { recursive: true });
  // A device or a pipe is written to, never replaced by a file.
  if (existing !== undefined && !existing.isFile()) {
    await write(store, info, path);
    return 'copied';
  }
  const target = existing === undefined ? path : await realpath(path);
  const temporary = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}`);
  unfinished.add(temporary);
  try {
    await write(store, info, temporary);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
    unfinished.delete(temporary);
  }
  return 'copied';
}

async function write(store: ObjectStore, info: Download['info'], path: string): Promise<void> {
  const checksum = startCrc32c();
  const source = store.read(info.name, { generation: info.generation });
  async function* checked(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      checksum.update(chunk);
      yield chunk;
    }
  }
  await pipeline(checked(), createWriteStream(path));
  if (checksum.toBase64() !== info.crc32c) {
    throw new Error(
      `the bytes that arrived are not those of the object (CRC32C ${checksum.toBase64()}, not ${info.crc32c})`,
    );
  }
}
