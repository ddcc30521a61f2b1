/**
 * Request bodies under a byte limit, counted while they stream. Hono's own bodyLimit holds a chunked body up to its
 * maximum before the handler runs, and trusts nothing about what came before.
 */

import { HttpProblem } from './problem.ts';
import { timelyBody } from './timely-body.ts';

/**
 * Reads the whole body. Throws HttpProblem 413 as soon as more than `limitBytes` are announced or have arrived, and 400
 * ('body-cut') when the connection ends before the body does.
 */
export async function readLimitedBody(request: Request, limitBytes: number): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of timelyBody(request.body)) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, 'body-cut', 'Body cut short', { detail: 'the body ended before its end' });
  }
  return joined(chunks, sizeBytes);
}

/** Reads a JSON body. Throws HttpProblem 400 when it is not UTF-8 JSON, 413 when too large, 415 for another type. */
export async function readJsonBody(request: Request, limitBytes: number): Promise<unknown> {
  const contentType = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (contentType !== undefined && contentType !== 'application/json' && !contentType.endsWith('+json')) {
    throw new HttpProblem(415, 'unsupported-media-type', 'Unsupported media type', {
      detail: 'content-type must be application/json',
    });
  }
  const bytes = await readLimitedBody(request, limitBytes);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new HttpProblem(400, 'not-json', 'Not JSON', { detail: 'the body is not valid UTF-8 JSON' });
  }
}

function tooLarge(limitBytes: number): HttpProblem {
  return new HttpProblem(413, 'body-too-large', 'Body too large', {
    detail: `the body may hold at most ${limitBytes} bytes`,
  });
}

function joined(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const body = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}
