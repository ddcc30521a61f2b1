/** Turns a function's entry into scripts, as its container and the local supervisor run it. */

import { parse } from 'node:path';

import { build } from 'esbuild';
import { UNBUNDLED_PACKAGES } from './unbundled-packages.ts';

/** What a CommonJS package inside an ES module bundle still reaches for. */
const COMMONJS_BANNER = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { dirname as __pathDirname } from 'node:path';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = __pathDirname(__filename);',
].join('\n');

/**
 * Writes `outfile`, a `.mjs`, and beside it what it loads later, with source maps. Returns the packages that they import
 * and that have to lie beside them.
 */
export async function bundleEntry(entry: string, outfile: string): Promise<string[]> {
  const { dir, name, ext } = parse(outfile);
  const { metafile } = await build({
    entryPoints: { [name]: entry },
    outdir: dir,
    outExtension: { '.js': ext },
    chunkNames: `${name}-[hash]`,
    // What a request imports lazily is a file of its own, so that other requests never read it.
    splitting: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external: [...UNBUNDLED_PACKAGES],
    banner: { js: COMMONJS_BANNER },
    metafile: true,
    sourcemap: 'linked',
    sourcesContent: false,
    // A module's text stays in memory as long as its functions do. Names stay whole, for the log.
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'warning',
  });
  const imported = new Set(Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(pathOf)));
  return UNBUNDLED_PACKAGES.filter((name) => imported.has(name));
}

function pathOf({ path }: { readonly path: string }): string {
  return path;
}
