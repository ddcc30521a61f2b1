/** Sends sample requests over and over, from so many clients at once, until one of them is not answered well. */

import type { SampleRequest } from '../openapi-examples.ts';

export interface LoadOptions {
  /** How long the samples are sent at least, and each of them at least how often. */
  readonly leastMs: number;
  readonly rounds: number;
}

export interface LoadTarget {
  readonly origin: string;
  readonly timeoutMs: number;
  readonly samples: readonly SampleRequest[];
}

export interface LoadResult {
  readonly answered: number;
  /** Why an answer was none; absent when all is well. */
  readonly reason: string | undefined;
}

const MAX_REASON_CHARACTERS = 160;

/** All clients stop at the first answer that is none. Never rejects. */
export async function sendSamples(
  { origin, timeoutMs, samples }: LoadTarget,
  clients: number,
  { leastMs, rounds }: LoadOptions,
): Promise<LoadResult> {
  const untilMs = performance.now() + leastMs;
  let sent = 0;
  let answered = 0;
  let reason: string | undefined;
  const client = async () => {
    while (reason === undefined && (performance.now() < untilMs || sent < rounds * samples.length)) {
      const sample = samples[sent % samples.length];
      sent += 1;
      const problem = sample && (await problemOf(origin, sample, timeoutMs));
      if (problem === undefined) answered += 1;
      else reason ??= problem;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { answered, reason };
}

/** Why the answer is none, without the rest of it; undefined when all is well. */
async function problemOf(
  origin: string,
  { path, contentType, body }: SampleRequest,
  timeoutMs: number,
): Promise<string | undefined> {
  try {
    const response = await fetch(origin + path, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (response.ok) return undefined;
    const detail = /"detail":"([^"]*)"/.exec(text)?.[1] ?? '';
    return `POST ${path} was answered ${response.status} ${detail}`.trim().slice(0, MAX_REASON_CHARACTERS);
  } catch (error) {
    return `POST ${path} was not answered (${error instanceof Error ? error.name : 'error'})`;
  }
}
