/** Small JSON objects: read under a byte limit and a schema, and written once. */

import type { z } from 'zod';
import { TerminalError } from '../errors/terminal-error.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { ObjectNotFoundError, PreconditionFailedError } from '../storage/storage-errors.ts';

export interface JsonRead<T> {
  readonly schema: z.ZodType<T>;
  readonly limitBytes: number;
}

/**
 * Undefined when there is no such object. Throws a TerminalError ('job-invalid') when it is too large, or not what the
 * schema says: somebody else wrote it.
 */
export async function readJson<T>(
  store: ObjectStore,
  name: string,
  { schema, limitBytes }: JsonRead<T>,
): Promise<T | undefined> {
  const text = await readText(store, name, { limitBytes });
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(parseOrUndefined(text));
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map((issue) => issue.path.join('.') || '(whole)').join(', ');
  throw new TerminalError('job-invalid', `${name} is not what this version of Pillbox writes: ${paths}`);
}

/** Undefined when there is no such object or generation. Throws a TerminalError ('job-invalid') over the limit. */
export async function readText(
  store: ObjectStore,
  name: string,
  { limitBytes, generation }: { limitBytes: number; generation?: string },
): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of store.read(name, generation === undefined ? {} : { generation })) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) {
        throw new TerminalError('job-invalid', `${name} is larger than ${limitBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** False when an object of this name was there already: the first writer wins. */
export function createJsonOnce(store: ObjectStore, name: string, content: unknown): Promise<boolean> {
  return createJson(store, name, content, { ifGenerationMatch: '0' });
}

/** False when another generation is live. */
export async function createJson(
  store: ObjectStore,
  name: string,
  content: unknown,
  { ifGenerationMatch }: { ifGenerationMatch: string },
): Promise<boolean> {
  try {
    const body = `${JSON.stringify(content)}\n`;
    await store.create(name, body, { contentType: 'application/json', ifGenerationMatch });
    return true;
  } catch (error) {
    if (error instanceof PreconditionFailedError) return false;
    throw error;
  }
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
