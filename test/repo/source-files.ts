/** The project's own TypeScript files and what each imports, read from disk. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');

export interface SourceFile {
  /** Path from the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Import targets: paths from the root for the project's own files, bare specifiers otherwise. */
  readonly imports: readonly string[];
  /** The same, without those that only import types. */
  readonly runtimeImports: readonly string[];
}

const IMPORT =
  /\b(?:import|export)\s+(type\s+)?(?:[\w*{][^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;

/** Every .ts file below the given top-level folders. */
export function readSources(...folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => readSource(relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join('/'))),
  );
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const found = [...text.matchAll(IMPORT)].map((match) => ({
    typeOnly: match[1] !== undefined,
    target: resolveTarget(path, match[2] ?? match[3] ?? ''),
  }));
  return {
    path,
    text,
    imports: found.map((one) => one.target),
    runtimeImports: found.filter((one) => !one.typeOnly).map((one) => one.target),
  };
}

function resolveTarget(from: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(dirname(from), specifier) : specifier;
}
