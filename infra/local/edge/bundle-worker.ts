/** Bundles a Worker into one module by the rules that wrangler deploys it with. */

import { build } from 'esbuild';

/**
 * Throws esbuild's BuildFailure, which names file and line.
 * @param textExtensions endings of files whose import is their text.
 */
export async function bundleWorker(entry: string, textExtensions: readonly string[] = []): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    loader: Object.fromEntries(textExtensions.map((extension) => [extension, 'text'])),
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'silent',
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return script.text;
}
