/** Packages that cannot be put into one file: they are copied beside the bundle, at the versions of the lock file. */

import { existsSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** sharp, ONNX Runtime and crc32 load native addons; the tasks client reads JSON files of its own at run time. */
export const UNBUNDLED_PACKAGES = [
  'sharp',
  'onnxruntime-node',
  '@node-rs/crc32',
  '@google-cloud/tasks',
] as const;

const namesSchema = z.record(z.string(), z.string()).default({});
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ dependencies: namesSchema, optionalDependencies: namesSchema })),
});

type LockedPackages = z.infer<typeof lockSchema>['packages'];

/**
 * Copies the named packages and all they depend on from `root`/node_modules to `outDir`/node_modules. Optional
 * packages of other platforms are not installed and are passed over. Returns the folders copied.
 */
export async function copyPackages(
  root: string,
  names: readonly string[],
  outDir: string,
): Promise<string[]> {
  const { packages } = lockSchema.parse(JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')));
  const folders = dependencyFolders(packages, names).filter((folder) => existsSync(join(root, folder)));
  for (const folder of folders) {
    await cp(join(root, folder), join(outDir, folder), {
      recursive: true,
      // Nested packages are folders of the list themselves, where they are needed.
      filter: (source) => isWanted(source.slice(join(root, folder).length)),
    });
  }
  return folders;
}

/** onnxruntime-node carries the libraries of every platform, 280 MB of them; the container runs on this one. */
const FOREIGN_LIBRARIES = new RegExp(
  `/bin/napi-v\\d+/(?!${process.platform}(/|$))|/bin/napi-v\\d+/${process.platform}/(?!${process.arch}(/|$))`,
);

function isWanted(path: string): boolean {
  return !path.includes('node_modules') && !FOREIGN_LIBRARIES.test(path);
}

/** The lock file's folders of `names` and of everything below them, found as Node resolves them. */
function dependencyFolders(packages: LockedPackages, names: readonly string[]): string[] {
  const found = new Set<string>();
  const pending = names.map((name) => `node_modules/${name}`);
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    const entry = packages[folder];
    if (entry === undefined) throw new Error(`${folder} is not in package-lock.json`);
    if (found.has(folder)) continue;
    found.add(folder);
    for (const name of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      pending.push(resolveFolder(packages, folder, name));
    }
  }
  return [...found].sort();
}

function resolveFolder(packages: LockedPackages, from: string, name: string): string {
  for (let base = from; ; base = base.slice(0, Math.max(0, base.lastIndexOf('/node_modules/')))) {
    const candidate = base === '' ? `node_modules/${name}` : `${base}/node_modules/${name}`;
    if (packages[candidate] !== undefined || base === '') return candidate;
  }
}
