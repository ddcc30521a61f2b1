/** Range headers: which bytes of an object a download asks for, and where a chunk of an upload belongs. */

import { ApiError, invalid } from './api-error.ts';

export interface ByteRange {
  readonly startByte: number;
  readonly endByteExclusive: number;
}

/**
 * The range that a Range header asks of an object of `sizeBytes`; undefined for the whole, also where the header is not
 * understood or asks for several ranges. Throws an ApiError (416) when no byte of the object is in it.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  const range =
    first === ''
      ? { startByte: Math.max(0, sizeBytes - Number(last)), endByteExclusive: sizeBytes }
      : {
          startByte: Number(first),
          endByteExclusive: last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes),
        };
  if (range.startByte < range.endByteExclusive) return range;
  throw new ApiError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
    'content-range': `bytes */${sizeBytes}`,
  });
}

/** The end of a chunk that goes on to wherever the body ends. */
export const UNSTATED = Number.POSITIVE_INFINITY;

export interface ContentRange {
  /** Undefined for a question of how much has arrived. */
  readonly chunk: ByteRange | undefined;
  /** Undefined while the uploader does not know the end. */
  readonly totalBytes: number | undefined;
}

// `bytes 0-262143/*`, `bytes 262144-300000/300001`, `bytes 0-*/*` up to wherever the body ends, and the questions
// `bytes */300001` and `bytes */*`. Throws an ApiError (400).
export function parseContentRange(header: string): ContentRange {
  const match = /^bytes (?:(\d{1,15})-(\d{1,15}|\*)|\*)\/(?:(\d{1,15})|\*)$/.exec(header.trim());
  if (match === null) throw invalid('Invalid Content-Range header.');
  const [, first, last, total] = match;
  const totalBytes = total === undefined ? undefined : Number(total);
  if (first === undefined || last === undefined) return { chunk: undefined, totalBytes };
  const chunk = { startByte: Number(first), endByteExclusive: last === '*' ? UNSTATED : Number(last) + 1 };
  const beyond = totalBytes !== undefined && last !== '*' && chunk.endByteExclusive > totalBytes;
  if (chunk.startByte >= chunk.endByteExclusive || beyond) throw invalid('Invalid Content-Range header.');
  return { chunk, totalBytes };
}
