/** Downloads: the bytes of an object, or a range of them, straight from its blobs. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeCrc32c } from '../../../../shared/storage/crc32c.ts';
import type { BlobRange } from './blobs.ts';
import { type ByteRange, parseRange } from './byte-range.ts';
import { checkCustomerKey, customerKeySha256Of } from './customer-key.ts';
import { toHeaderValue } from './header-text.ts';
import { etagOf } from './object-resource.ts';
import type { StorageContext } from './storage-context.ts';
import type { Segment, StoredObject } from './stored-object.ts';

/**
 * Bytes go out as they are stored: nothing is unzipped, whatever its content encoding.
 * @param headers in place of those that the object's metadata makes.
 * Resolves when the client has it all; throws when the client goes away.
 */
export async function sendMedia(
  { objects, blobs }: StorageContext,
  object: StoredObject,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  checkCustomerKey(object.customerKeySha256, customerKeySha256Of(request.headers));
  const whole = { startByte: 0, endByteExclusive: object.sizeBytes };
  const wanted = parseRange(request.headers.range, object.sizeBytes);
  const range = wanted ?? whole;
  response.writeHead(wanted === undefined ? 200 : 206, {
    ...mediaHeaders(object),
    ...headers,
    'content-length': range.endByteExclusive - range.startByte,
    ...(wanted && {
      'content-range': `bytes ${range.startByte}-${range.endByteExclusive - 1}/${object.sizeBytes}`,
    }),
  });
  if (request.method === 'HEAD') return void response.end();
  await blobs.send(cut(objects.segments(object.generation), range), response);
}

function mediaHeaders(object: StoredObject): Record<string, string> {
  const { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl } = object.metadata;
  const md5 = object.md5 === undefined ? '' : `,md5=${object.md5}`;
  return {
    'accept-ranges': 'bytes',
    'content-type': toHeaderValue(contentType ?? 'application/octet-stream'),
    ...(contentEncoding && { 'content-encoding': toHeaderValue(contentEncoding) }),
    ...(contentDisposition && { 'content-disposition': toHeaderValue(contentDisposition) }),
    ...(contentLanguage && { 'content-language': toHeaderValue(contentLanguage) }),
    ...(cacheControl && { 'cache-control': toHeaderValue(cacheControl) }),
    etag: etagOf(object),
    'last-modified': new Date(object.updatedMs).toUTCString(),
    'x-goog-generation': String(object.generation),
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-hash': `crc32c=${encodeCrc32c(object.crc32c)}${md5}`,
    'x-goog-storage-class': object.metadata.storageClass ?? 'STANDARD',
    'x-goog-stored-content-encoding': toHeaderValue(contentEncoding ?? 'identity'),
    'x-goog-stored-content-length': String(object.sizeBytes),
  };
}

/** The stretches of the segments' blobs that lie in `range`. */
export function cut(segments: readonly Segment[], range: ByteRange): BlobRange[] {
  const ranges: BlobRange[] = [];
  let offset = 0;
  for (const { blobId: id, sizeBytes } of segments) {
    const startByte = Math.max(0, range.startByte - offset);
    const endByteExclusive = Math.min(sizeBytes, range.endByteExclusive - offset);
    if (startByte < endByteExclusive) ranges.push({ id, startByte, endByteExclusive });
    offset += sizeBytes;
  }
  return ranges;
}
