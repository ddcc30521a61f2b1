/**
 * Makes the folder that one function's container runs: `node infra/gcp/bundle.ts <function> <out folder>` writes
 * main.mjs, the models, the packages that cannot be bundled, and `start` with the process options that fit its memory limit.
 * Image models are packed for the processor it runs on; on another, the service says so and takes the graph as it is.
 */

import { existsSync } from 'node:fs';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepareImageModels } from '../../shared/images/prepare-models.ts';
import { boxProcessOptions } from '../local/supervisor/box-process-options.ts';
import { loadFunctions } from '../registry/registry.ts';
import { bundleEntry } from './bundle-entry.ts';
import { copyPackages } from './unbundled-packages.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MODEL_CACHE = 'model-cache';

/** In sh: image models that were made or packed with the container. */
const FIND_MODELS = `if [ -d ${MODEL_CACHE} ]; then export PILLBOX_MODEL_CACHE="$PWD/${MODEL_CACHE}"; fi\n`;

/** Bundles the function called `name`; throws when there is none. Returns the folders of packages copied beside it. */
export async function bundleFunction(name: string, outDir: string): Promise<string[]> {
  const functions = await loadFunctions(ROOT);
  const found = functions.find((candidate) => candidate.name === name);
  if (found === undefined) {
    throw new Error(`no function '${name}'; there are: ${functions.map((f) => f.name).join(', ')}`);
  }
  await mkdir(outDir, { recursive: true });
  const imported = await bundleEntry(found.entry, join(outDir, 'main.mjs'));
  const packages = await copyPackages(ROOT, imported, outDir);
  await copyModels(found.folder, outDir);
  const { memoryMiB, heapGrowthPercent } = found.config;
  const { nodeFlags, env } = boxProcessOptions(memoryMiB, heapGrowthPercent);
  const exports = Object.entries(env).map(([key, value]) => `export ${key}=${value}\n`);
  await writeFile(
    join(outDir, 'start'),
    `#!/bin/sh\n${exports.join('')}${FIND_MODELS}exec node ${nodeFlags.join(' ')} main.mjs\n`,
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
  await prepareImageModels(join(ROOT, 'functions'), join(outDir, MODEL_CACHE), console.log, name);
  console.log(`${name}: ${outDir}/main.mjs${packages.length > 0 ? `, with ${packages.join(', ')}` : ''}`);
}
