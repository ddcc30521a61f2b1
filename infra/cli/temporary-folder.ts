/** A folder that is gone when the work in it has ended, also by Ctrl-C. */

import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

/** @param folder is made by `use`, or was before. */
export async function withTemporaryFolder<Result>(
  folder: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const removeNow = () => {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // A process that is about to end has written to it just now: nothing can be waited for any more.
    }
  };
  process.once('exit', removeNow);
  try {
    return await use(folder);
  } finally {
    process.off('exit', removeNow);
    await rm(folder, { recursive: true, force: true });
  }
}
