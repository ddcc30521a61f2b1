/** Finds one function of the project by its name, and makes it ready to be started as the supervisor would. */

import { join } from 'node:path';
import { bundleBoxes } from '../local/box-scripts.ts';
import { loadFunctions, type RegisteredFunction } from '../registry/registry.ts';
import { CommandError, EXIT } from './command-error.ts';
import { withTemporaryFolder } from './temporary-folder.ts';

/** The project: where functions/ and node_modules are. */
export const ROOT = join(import.meta.dirname, '..', '..');

/** Throws a CommandError (3) that names those there are. */
export async function findFunction(name: string): Promise<RegisteredFunction> {
  const functions = await loadFunctions(ROOT);
  const found = functions.find((fn) => fn.name === name);
  if (found !== undefined) return found;
  const names = functions.map((fn) => fn.name).join(', ');
  throw new CommandError(EXIT.notFound, `there is no such function; there are: ${names}`);
}

/** A step takes tasks; everything else is a service that is asked and answers. */
export function isPipelineStep({ config }: RegisteredFunction): boolean {
  return config.triggers.some((trigger) => trigger.kind !== 'http');
}

/** Calls `use` with the functions bundled below `dir`, whatever ran there before, and removes the bundles again. */
export async function withBundles<Result>(
  functions: readonly RegisteredFunction[],
  dir: string,
  use: (bundled: readonly RegisteredFunction[]) => Promise<Result>,
): Promise<Result> {
  return await withTemporaryFolder(join(dir, `boxes-${process.pid}`), async (folder) =>
    use(await bundleBoxes(ROOT, functions, folder)),
  );
}
