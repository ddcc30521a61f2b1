/** Reads passages from JSON Lines, one at a time. */

import * as z from 'zod';
import { TerminalError } from '../../../shared/errors/terminal-error.ts';
import { cleanLine } from './clean-text.ts';

/** These bound the index in memory: the bounds test of tokenizers says what the largest takes. */
export const MAX_KNOWLEDGE_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 16 * 1024;
const MAX_TITLE_UNITS = 200;
const MAX_TEXT_UNITS = 4_000;

export interface Passage {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

const passageSchema = z.object({
  id: z.string().min(1).max(200),
  title: z.string().min(1).max(MAX_TITLE_UNITS),
  text: z.string().min(1).max(MAX_TEXT_UNITS),
});

export const invalid = (message: string, options?: ErrorOptions) =>
  new TerminalError('knowledge-invalid', message, options);

/** Throws a TerminalError ('knowledge-invalid') that names the limit. */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, source: string): AsyncIterable<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let bytes = 0;
  let number = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > MAX_KNOWLEDGE_BYTES) {
      throw invalid(`${source}: it has more than ${MAX_KNOWLEDGE_BYTES} bytes, the most that is allowed`);
    }
    const parts = (rest + decode(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) yield checked(part);
    if (rest.length > MAX_LINE_BYTES) checked(rest);
  }
  yield checked(rest + decode());

  function checked(line: string): string {
    number++;
    if (line.length <= MAX_LINE_BYTES && Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
    throw invalid(`${source}: line ${number}: it is longer than ${MAX_LINE_BYTES} bytes`);
  }
  function decode(chunk?: Uint8Array): string {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw invalid(`${source}: after line ${number}: it is not UTF-8`, { cause: error });
    }
  }
}

/** @param where names file and line in the TerminalError ('knowledge-invalid'), which names the field. */
export function parsePassage(line: string, where: string): Passage {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw invalid(`${where}: it is not valid JSON`);
  }
  const parsed = passageSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalid(`${where}: ${issue?.path.join('.') || 'passage'}: ${issue?.message ?? 'is invalid'}`);
  }
  const { id, title, text } = parsed.data;
  // A bracket would end the mark that tells a passage from what is the patient's.
  const marked = cleanLine(title, MAX_TITLE_UNITS).replace(/[[\]]/g, '');
  const passage = { id, title: marked.trim(), text: cleanLine(text, MAX_TEXT_UNITS) };
  for (const name of ['title', 'text'] as const) {
    if (passage[name] === '') throw invalid(`${where}: ${name}: it has nothing that can be seen`);
  }
  return passage;
}
