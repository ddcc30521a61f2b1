/** An uploaded body under a byte limit, in one piece of memory: the decoder needs it whole, and no second copy is made. */

import { HttpProblem } from '../http/problem.ts';
import { timelyBody } from '../http/timely-body.ts';

/** A fundus photograph has 2 to 8 MiB, a scanned ECG less. */
export const UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024;
/** As much is read of any body, without asking: whoever is slow with so little holds no room that others need. */
const BEGINNING_BYTES = 32 * 1024;
const FIRST_GUESS_BYTES = 256 * 1024;
const LEAST_BYTES_PER_MS = 64;
/** A service has 30 s for all of a request: a longer one would be cut by then, whatever had come of it. */
const MOST_MS = 20_000;

export interface UploadOptions {
  readonly limitBytes?: number;
  /**
   * Asked once, when the beginning is there, and waited for before any more is read.
   *
   * @param wholeBytes the body's length where that was all of it
   */
  readonly makeRoom?: ((wholeBytes: number | undefined) => Promise<void>) | undefined;
}

/**
 * Throws HttpProblem 413 as soon as more than the limit is announced or has arrived, 400 ('body-cut') when the
 * connection ends before the body does, 408 ('body-slow'), and what `makeRoom` throws.
 */
export async function readUpload(
  request: Request,
  { limitBytes = UPLOAD_LIMIT_BYTES, makeRoom = async () => {} }: UploadOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  const wholeBytes = Number.isNaN(announced) ? FIRST_GUESS_BYTES : announced;
  const leastBytesPerMs = Math.max(LEAST_BYTES_PER_MS, (announced || 0) / MOST_MS);
  let memory = new Uint8Array(Math.min(BEGINNING_BYTES, wholeBytes));
  let sizeBytes = 0;
  let isBeginning = true;
  for await (const chunk of chunksOf(request, leastBytesPerMs)) {
    const neededBytes = sizeBytes + chunk.byteLength;
    if (neededBytes > limitBytes) throw tooLarge(limitBytes);
    if (isBeginning && neededBytes > BEGINNING_BYTES) {
      isBeginning = false;
      await makeRoom(undefined);
      memory = resized(memory, Math.max(neededBytes, wholeBytes));
    }
    if (neededBytes > memory.byteLength) {
      memory = resized(memory, Math.min(limitBytes, Math.max(neededBytes, memory.byteLength * 2)));
    }
    memory.set(chunk, sizeBytes);
    sizeBytes = neededBytes;
  }
  if (isBeginning) await makeRoom(sizeBytes);
  return memory.subarray(0, sizeBytes);
}

/** Gives the memory back at once: garbage collection may come only after several more uploads. */
export function freeUpload(upload: Uint8Array<ArrayBuffer>): void {
  upload.buffer.transfer(0);
}

async function* chunksOf(request: Request, leastBytesPerMs: number): AsyncGenerator<Uint8Array> {
  try {
    yield* timelyBody(request.body, { leastBytesPerMs });
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    throw new HttpProblem(400, 'body-cut', 'Body cut short', { detail: 'the body ended before its end' });
  }
}

function resized(memory: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memory.buffer.transfer(bytes));
}

function tooLarge(limitBytes: number): HttpProblem {
  return new HttpProblem(413, 'body-too-large', 'Body too large', {
    detail: `the body may hold at most ${limitBytes} bytes`,
  });
}
