/** Turns a function's entry into one script, as its container and the local supervisor run it. */

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

/** Writes `outfile` and its source map. Returns the packages that it imports and that have to lie beside it. */
export async function bundleEntry(entry: string, outfile: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
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
