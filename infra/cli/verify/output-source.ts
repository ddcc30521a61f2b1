/** Where the outputs of a job are read from: its folder in the bucket, or one they were downloaded to. */

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { outputFolder } from '../../../shared/pipeline/object-names.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';

export interface OutputSource {
  /** For people. */
  readonly place: string;
  /** The files of the folder, by name, with their sizes in bytes. */
  list(): Promise<ReadonlyMap<string, number>>;
  /** @param file as `list` names it. */
  read(file: string): AsyncIterable<Uint8Array>;
}

export function bucketSource(store: ObjectStore, bucket: string, job: string): OutputSource {
  const folder = outputFolder(job);
  return {
    place: `gs://${bucket}/${folder}`,
    async list() {
      const files = new Map<string, number>();
      for await (const { name, sizeBytes } of store.list(folder)) {
        files.set(name.slice(folder.length), sizeBytes);
      }
      return files;
    },
    read: (file) => store.read(folder + file),
  };
}

export function folderSource(folder: string): OutputSource {
  return {
    place: folder,
    async list() {
      const files = new Map<string, number>();
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        if (!entry.isFile()) continue;
        files.set(entry.name, (await stat(join(folder, entry.name))).size);
      }
      return files;
    },
    read: (file) => createReadStream(join(folder, file)),
  };
}
