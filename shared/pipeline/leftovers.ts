/** What an earlier job of the same name left where users look for outputs and failures: a new one must not join it. */

import type { ObjectStore } from '../storage/object-store.ts';
import { failedFolder, outputFolder } from './object-names.ts';

/** The name of one such object; undefined when there is none. */
export async function findLeftover(store: ObjectStore, job: string): Promise<string | undefined> {
  for (const folder of [outputFolder(job), failedFolder(job)]) {
    for await (const { name } of store.list(folder)) return name;
  }
  return undefined;
}

/** What is wrong, and what to do about it. */
export function leftoverText(name: string, { bucket, job }: { bucket: string; job: string }): string {
  return `gs://${bucket}/${name} is left of an earlier job of this name: delete gs://${bucket}/jobs/${job}/ and submit it again`;
}
