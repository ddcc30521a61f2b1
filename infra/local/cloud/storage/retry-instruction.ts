/** The instructions of a retry test: each is one failure, and says how much goes through before it. */

const KIB = 1024;

/** How much of a body is sent before `return-broken-stream` breaks it. */
const BROKEN_STREAM_BYTES = 4;

export type Fault =
  /** Answered at once in place of the operation; or, of an upload, when its byte `afterBytes` has arrived. */
  | { readonly kind: 'status'; readonly status: number; readonly afterBytes: number | undefined }
  /** The connection is reset before the operation. */
  | { readonly kind: 'reset' }
  /** The operation is done, and the connection ends after so much of the answer's body. */
  | { readonly kind: 'cut'; readonly afterBytes: number; readonly of: 'any' | 'resumable-upload' }
  /** After so many bytes, of an upload's body or else of the answer's, nothing comes for a while. */
  | { readonly kind: 'stall'; readonly afterBytes: number; readonly stallMs: number };

type Reader = (first: string, second: string) => Fault;

const READERS: readonly (readonly [RegExp, Reader])[] = [
  [/^return-(\d{3})$/, (status) => ({ kind: 'status', status: Number(status), afterBytes: undefined })],
  [
    /^return-(\d{3})-after-(\d{1,9})K$/,
    (status, kib) => ({ kind: 'status', status: Number(status), afterBytes: Number(kib) * KIB }),
  ],
  [/^return-reset-connection$/, () => ({ kind: 'reset' })],
  [/^return-broken-stream$/, () => ({ kind: 'cut', afterBytes: BROKEN_STREAM_BYTES, of: 'any' })],
  [
    /^return-broken-stream-after-(\d{1,9})K$/,
    (kib) => ({ kind: 'cut', afterBytes: Number(kib) * KIB, of: 'any' }),
  ],
  [
    /^return-broken-stream-final-chunk-after-(\d{1,9})B$/,
    (bytes) => ({ kind: 'cut', afterBytes: Number(bytes), of: 'resumable-upload' }),
  ],
  [
    /^stall-for-(\d{1,4})s-after-(\d{1,9})K$/,
    (seconds, kib) => ({ kind: 'stall', afterBytes: Number(kib) * KIB, stallMs: Number(seconds) * 1000 }),
  ],
];

/** Undefined for an instruction that is not known over HTTP, and for a status that is no error. */
export function parseInstruction(text: string): Fault | undefined {
  for (const [pattern, read] of READERS) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const fault = read(match[1] ?? '', match[2] ?? '');
    return fault.kind === 'status' && (fault.status < 400 || fault.status > 599) ? undefined : fault;
  }
  return undefined;
}
