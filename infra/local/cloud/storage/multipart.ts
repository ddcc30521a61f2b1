/** A streaming reader of a two-part multipart/related upload: metadata first, then the media. */

import { type ApiError, invalid } from './api-error.ts';
import type { ByteSource } from './byte-reader.ts';
import { createByteReader } from './byte-reader.ts';

/** Bounds the memory that a client can make the server hold: Cloud Storage's metadata is at most some tens of KiB. */
const MAX_METADATA_BYTES = 1024 * 1024;
const MAX_PART_HEADER_BYTES = 16 * 1024;
/** RFC 2046: a boundary has 1 to 70 characters; clients in the wild use a few more. */
const MAX_BOUNDARY_LENGTH = 200;

const CRLF = '\r\n';
const LF = 0x0a;

export interface MultipartUpload {
  readonly metadata: Buffer;
  /** Content-Type of the media part. */
  readonly mediaType: string | undefined;
  /** Throws an ApiError at its end when the closing boundary is missing. */
  readonly media: AsyncIterable<Buffer>;
}

/** The boundary that a Content-Type header names. Throws an ApiError (400) where it is not multipart/related. */
export function multipartBoundary(contentType: string | undefined): string {
  const [type = '', ...parameters] = (contentType ?? '').split(';');
  if (type.trim().toLowerCase() !== 'multipart/related') {
    throw invalid('A multipart upload needs the Content-Type multipart/related.');
  }
  for (const parameter of parameters) {
    const value = /^\s*boundary\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s"']+))\s*$/i.exec(parameter);
    const boundary = value?.[1] ?? value?.[2] ?? value?.[3];
    if (boundary !== undefined && boundary.length <= MAX_BOUNDARY_LENGTH) return boundary;
  }
  throw invalid('The Content-Type header names no usable boundary.');
}

/** Reads up to the start of the media. Throws an ApiError (400) for a body that is not two parts. */
export async function readMultipart(source: ByteSource, boundary: string): Promise<MultipartUpload> {
  const reader = createByteReader(source);
  const delimiterAfter = (lineEnd: string) => Buffer.from(`${lineEnd}--${boundary}`, 'latin1');
  // The first delimiter may stand at the very start, where no line break comes before it.
  reader.unshift(Buffer.from(CRLF));
  await found(reader.readUntil(delimiterAfter(CRLF), MAX_PART_HEADER_BYTES), 'preamble');
  const next = await reader.readAtMost(1);
  reader.unshift(next);
  // gcloud ends its lines in LF alone, and Cloud Storage takes it.
  const lineEnd = next[0] === LF ? '\n' : CRLF;
  const delimiter = delimiterAfter(lineEnd);

  await readPartHeaders();
  const metadata = await found(reader.readUntil(delimiter, MAX_METADATA_BYTES), 'metadata part');
  const { contentType } = await readPartHeaders();
  return { metadata, mediaType: contentType, media: readMedia() };

  async function readPartHeaders(): Promise<{ contentType: string | undefined }> {
    const block = await found(
      reader.readUntil(Buffer.from(lineEnd + lineEnd), MAX_PART_HEADER_BYTES),
      'header of a part',
    );
    if (block.subarray(0, 2).toString('latin1') === '--') throw truncated('second part');
    const contentType = /(?:^|\n)content-type\s*:\s*([^\r\n]*)/i.exec(block.toString('utf8'))?.[1];
    return { contentType: contentType?.trim() };
  }

  async function* readMedia(): AsyncGenerator<Buffer> {
    if (!(yield* reader.streamUntil(delimiter))) throw truncated('media part');
    const closing = await reader.readAtMost(2);
    if (closing.toString('latin1') !== '--') throw invalid('A multipart upload has exactly two parts.');
    await reader.skipRest(MAX_PART_HEADER_BYTES);
  }
}

async function found(read: Promise<Buffer | undefined>, what: string): Promise<Buffer> {
  const bytes = await read;
  if (bytes === undefined) throw truncated(what);
  return bytes;
}

function truncated(what: string): ApiError {
  return invalid(`Malformed multipart body: the ${what} is cut off or too large.`);
}
