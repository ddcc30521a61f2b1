/** Empties the folder of a local cloud that does not run. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What a local cloud makes there, by name: a folder that was named by mistake loses nothing else. The state goes first: cut
 * short, this leaves blobs that nothing refers to, which the next start sweeps away, and no object without its bytes.
 */
const ENTRIES = ['state.sqlite', 'state.sqlite-wal', 'state.sqlite-shm', 'blobs'];

/** Objects, metadata, queues, tasks and events go; the service account that signs URLs stays, as its users hold it. */
export async function removeState(dir: string): Promise<void> {
  for (const entry of ENTRIES) await rm(join(dir, entry), { recursive: true, force: true });
}
