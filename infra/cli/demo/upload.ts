/** Puts a local folder into the bucket, leaving out what an earlier start has put there already. */

import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import pLimit from 'p-limit';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { upload } from '../copy/upload.ts';

const UPLOADS_AT_ONCE = 8;
/** To send so little takes no longer than to ask. */
const UNASKED_LIMIT_BYTES = 64 * 1024;

export interface UploadCounts {
  readonly uploaded: number;
  readonly found: number;
}

/**
 * Every file below `dir` becomes the object `prefix` + its path. An object of that name is left as it is.
 * `onFile` is told how many files are done, of how many.
 */
export async function uploadFolder(
  store: ObjectStore,
  dir: string,
  { bucket, prefix }: { bucket: string; prefix: string },
  onFile: (done: number, total: number) => void,
): Promise<UploadCounts> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const limit = pLimit(UPLOADS_AT_ONCE);
  let uploaded = 0;
  let done = 0;
  await limit.map(files, async (file) => {
    if (await uploadOnce(store, bucket, file, prefix + relative(dir, file).split(sep).join('/')))
      uploaded += 1;
    done += 1;
    onFile(done, files.length);
  });
  return { uploaded, found: files.length - uploaded };
}

async function uploadOnce(store: ObjectStore, bucket: string, path: string, name: string): Promise<boolean> {
  // Asked first where the file is large, so that what is there need not be sent to be refused.
  const { size } = await stat(path);
  if (size > UNASKED_LIMIT_BYTES && (await store.stat(name)) !== undefined) return false;
  return (await upload(store, { path, place: { bucket, name } }, { overwrite: false })) === 'copied';
}
