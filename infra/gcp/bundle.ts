/**
 * Makes the folder that one function's container runs: `node infra/gcp/bundle.ts <function> <out folder>` writes
 * main.mjs, the models, the packages that cannot be bundled, and `start` with the process options that fit its memory limit.
 */

import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { boxProcessOptions } from '../local/supervisor/box-process-options.ts';
import { loadFunctions } from '../registry/registry.ts';
import { copyPackages, UNBUNDLED_PACKAGES } from './unbundled-packages.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What a CommonJS package inside an ES module bundle still reaches for. */
const COMMONJS_BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { dirname as __pathDirname } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = __pathDirname(__filename);',
].join('\n');

/** Bundles the function called `name`; throws when there is none. Returns the folders of packages copied beside it. */
export async function bundleFunction(name: string, outDir: string): Promise<string[]> {
  const functions = await loadFunctions(ROOT);
  const found = functions.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw new Error(`no function '${name}'; there are: ${functions.map((f) => f.name).join(', ')}`);
  }
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    entryPoints: [found.entry],
    outfile: join(outDir, 'main.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: [...UNBUNDLED_PACKAGES],
    banner: { js: COMMONJS_BANNER },
    metafile: true,
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  });
  const imported = new Set(
    Object.values(metafile.outputs).flatMap((output) => output.imports.map((i) => i.path)),
  );
  const packages = await copyPackages(
    ROOT,
    UNBUNDLED_PACKAGES.filter((name) => imported.has(name)),
    outDir,
  );
  await copyModels(found.folder, outDir);
  const { nodeFlags, env } = boxProcessOptions(found.config.memoryMiB);
  const exports = Object.entries(env).map(([key, value]) => `export ${key}=${value}\n`);
  await writeFile(
    join(outDir, 'start'),
    `#!/bin/sh\n${exports.join('')}exec node ${nodeFlags.join(' ')} main.mjs\n`,
    {
      mode: 0o755,
    },
  );
  return packages;
}

async function copyModels(folder: string, outDir: string): Promise<void> {
  const models = join(folder, 'models');
  if (existsSync(models)) await cp(models, join(outDir, 'models'), { recursive: true });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [name, outDir] = process.argv.slice(2);
  if (name === undefined || outDir === undefined) {
    console.error('usage: node infra/gcp/bundle.ts <function> <out folder>');
    process.exit(2);
  }
  const packages = await bundleFunction(name, outDir);
  console.log(`${name}: ${outDir}/main.mjs${packages.length > 0 ? `, with ${packages.join(', ')}` : ''}`);
}
