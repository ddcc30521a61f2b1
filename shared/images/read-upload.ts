/** An uploaded body under a byte limit, in one piece of memory: the decoder needs it whole, and no second copy is made. */

import { HttpProblem } from '../http/problem.ts';
import { timelyBody } from '../http/timely-body.ts';

/** A fundus photograph has 2 to 8 MiB, a scanned ECG less. */
export const UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024;
const FIRST_GUESS_BYTES = 256 * 1024;

/**
 * Throws HttpProblem 413 as soon as more than the limit is announced or has arrived, 400 ('body-cut') when the
 * connection ends before the body does.
 */
export async function readUpload(
  request: Request,
  limitBytes = UPLOAD_LIMIT_BYTES,
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  let memory = new Uint8Array(Number.isNaN(announced) ? FIRST_GUESS_BYTES : announced);
  let sizeBytes = 0;
  try {
    for await (const chunk of timelyBody(request.body)) {
      const neededBytes = sizeBytes + chunk.byteLength;
      if (neededBytes > limitBytes) throw tooLarge(limitBytes);
      if (neededBytes > memory.byteLength) {
        memory = resized(memory, Math.min(limitBytes, Math.max(neededBytes, memory.byteLength * 2)));
      }
      memory.set(chunk, sizeBytes);
      sizeBytes = neededBytes;
    }
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, 'body-cut', 'Body cut short', { detail: 'the body ended before its end' });
  }
  return memory.subarray(0, sizeBytes);
}

/** Gives the memory back at once: garbage collection may come only after several more uploads. */
export function freeUpload(upload: Uint8Array<ArrayBuffer>): void {
  upload.buffer.transfer(0);
}

function resized(memory: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memory.buffer.transfer(bytes));
}

function tooLarge(limitBytes: number): HttpProblem {
  return new HttpProblem(413, 'body-too-large', 'Body too large', {
    detail: `the body may hold at most ${limitBytes} bytes`,
  });
}
