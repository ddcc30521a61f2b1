/** What the local edge takes from a function's wrangler.jsonc, so that a Worker runs here as it is deployed. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { TerminalError } from '../../../shared/errors/terminal-error.ts';

/** A rule names the end of file names, as esbuild does: **\/*.xgboost.json. */
const glob = z.string().regex(/^\*\*\/\*(\.[\w-]+)+$/, 'must be **/* and an extension');
const schema = z.object({
  compatibility_date: z.iso.date(),
  rules: z.array(z.object({ type: z.literal('Text'), globs: z.array(glob) })).default([]),
});

export interface WranglerConfig {
  readonly compatibilityDate: string;
  /** Endings of the files that are imported as text, such as `.xgboost.json`. */
  readonly textExtensions: readonly string[];
}

/** Throws a TerminalError ('not-configured') that names the file and the keys at fault. */
export async function readWranglerConfig(folder: string): Promise<WranglerConfig> {
  const file = join(folder, 'wrangler.jsonc');
  const parsed = schema.safeParse(parseJsonc(file, await readFile(file, 'utf8')));
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new TerminalError('not-configured', `${file}: ${problems.join('; ')}`);
  }
  const globs = parsed.data.rules.flatMap((rule) => rule.globs);
  return {
    compatibilityDate: parsed.data.compatibility_date,
    textExtensions: globs.map((pattern) => pattern.slice('**/*'.length)),
  };
}

/** JSON with comments that have a line of their own; anything more is refused as not JSON. */
function parseJsonc(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''));
  } catch (cause) {
    throw new TerminalError('not-configured', `${file}: not JSON with whole-line comments`, { cause });
  }
}
