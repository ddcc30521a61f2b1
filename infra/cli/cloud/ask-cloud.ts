/** Asks a local cloud over HTTP, and turns what goes wrong into one line for a person. */

import * as z from 'zod';
import { CommandError, EXIT } from '../command-error.ts';
import { printable } from '../printable.ts';

/** A server on this machine answers in milliseconds; emptying a large folder takes longer. */
const ANSWER_TIMEOUT_MS = 60_000;

const errorSchema = z.object({ error: z.object({ message: z.string() }) });

/** @param path begins with a slash. Throws a CommandError: 3 for what is not there, 1 for what is refused. */
export async function askCloud<Answer>(
  endpoint: string,
  asked: { method: 'GET' | 'POST'; path: string },
  schema: z.ZodType<Answer>,
): Promise<Answer> {
  const response = await fetchCloud(endpoint, asked);
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw refusal(response.status, body);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new CommandError(EXIT.failed, `${endpoint} is no local cloud of this version of Pillbox`);
}

async function fetchCloud(
  endpoint: string,
  { method, path }: { method: string; path: string },
): Promise<Response> {
  try {
    return await fetch(endpoint + path, { method, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  } catch (cause) {
    throw new CommandError(EXIT.notFound, `nothing answers at ${endpoint}`, { cause });
  }
}

function refusal(status: number, body: unknown): CommandError {
  const parsed = errorSchema.safeParse(body);
  const message = parsed.success
    ? printable(parsed.data.error.message)
    : `the local cloud answered ${status}`;
  return new CommandError(status === 404 ? EXIT.notFound : EXIT.failed, message);
}
