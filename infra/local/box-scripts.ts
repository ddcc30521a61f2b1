/** The boxes' code as production runs it: one script each. Run from its TypeScript, a box starts in twice the time. */

import { mkdir, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bundleEntry } from '../gcp/bundle-entry.ts';
import type { RegisteredFunction } from '../registry/registry.ts';

/**
 * Makes `<dir>/<function>/main.mjs` anew for each function, with links to its models and to the project's packages.
 * Returns the functions with that script as their entry.
 */
export async function bundleBoxes(
  root: string,
  functions: readonly RegisteredFunction[],
  dir: string,
): Promise<RegisteredFunction[]> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  await symlink(join(root, 'node_modules'), join(dir, 'node_modules'), 'junction');
  return await Promise.all(
    functions.map(async (fn) => {
      const folder = join(dir, basename(fn.folder));
      await mkdir(folder);
      const entry = join(folder, 'main.mjs');
      await symlink(join(fn.folder, 'models'), join(folder, 'models'), 'junction');
      await bundleEntry(fn.entry, entry);
      return { ...fn, entry };
    }),
  );
}
