/** Reads the card of an image model for a command, and writes it back. */

import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { CommandError, EXIT } from './command-error.ts';
import { requireFile } from './models-inspect.ts';
import { printable } from './printable.ts';

const jsonObject = z.record(z.string(), z.unknown());

/** The card as it was written, unchecked but for being a JSON object. */
export async function readCardJson(path: string): Promise<Record<string, unknown>> {
  requireFile(path);
  const text = await readFile(path, 'utf8');
  try {
    return jsonObject.parse(JSON.parse(text));
  } catch (cause) {
    throw new CommandError(EXIT.failed, `${printable(path)} is not a JSON object`, { cause });
  }
}

interface PreparedCard {
  readonly raw: Readonly<Record<string, unknown>>;
  /** For the maker of the model. */
  readonly notes: readonly string[];
}

/** The card with the stated file in it, without what an earlier packing measured. */
export function prepareCard(
  card: Readonly<Record<string, unknown>>,
  file: { readonly file: string; readonly sha256: string; readonly bytes: number },
): PreparedCard {
  const { packed: _packed, measured: _measured, knownAnswer: _answer, generate, ...rest } = card;
  const isGenerated = generate !== undefined && card['sha256'] === file.sha256;
  const notes: string[] = [];
  if (generate !== undefined && !isGenerated)
    notes.push('"generate" was taken out of the card: it makes another graph than this one.');
  if (card['demo'] === true && !isGenerated)
    notes.push('the card says "demo": true, so every answer says that the model is not trained.');
  return { raw: { ...rest, ...file, ...(isGenerated ? { generate } : {}) }, notes };
}

/** All of it or nothing. */
export async function writeCardJson(path: string, card: Readonly<Record<string, unknown>>): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, `${JSON.stringify(card, null, 2)}\n`);
  await rename(unfinished, path);
}
