/** Uploads through the XML API: metadata and preconditions are in headers. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeCrc32c } from '../../../../shared/storage/crc32c.ts';
import { invalid, notImplemented } from './api-error.ts';
import { customerKeySha256Of } from './customer-key.ts';
import { finalizeUpload, type Upload } from './finalize.ts';
import { fromHeaderValue } from './header-text.ts';
import type { Interrupt } from './interruption.ts';
import { checkObjectName } from './names.ts';
import { metadataOf, type UploadRequest } from './object-metadata.ts';
import type { Preconditions } from './preconditions.ts';
import { bodyOf } from './request-body.ts';
import { beginSession } from './resumable-upload.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import { announcedHashes } from './upload.ts';

const METADATA_PREFIX = 'x-goog-meta-';

/** Throws an ApiError: 404, 412 for a precondition, 400 for wrong metadata or bytes that are not of their checksum. */
export async function uploadXml(
  context: StorageContext,
  target: { readonly bucket: string; readonly name: string },
  request: IncomingMessage,
  response: ServerResponse,
  interrupt: Interrupt,
): Promise<void> {
  if (request.headers['x-goog-copy-source'] !== undefined) throw notImplemented('copies in the XML API');
  const upload = describedUpload(context, target, request);
  const blob = await context.blobs.write(interrupt(bodyOf(request), 0));
  const object = await finalizeUpload(context, upload, blob);
  const hash = `crc32c=${encodeCrc32c(object.crc32c)},md5=${object.md5}`;
  response
    .writeHead(200, {
      etag: `"${Buffer.from(object.md5 ?? '', 'base64').toString('hex')}"`,
      'x-goog-generation': String(object.generation),
      'x-goog-metageneration': String(object.metageneration),
      'x-goog-hash': hash,
      'content-length': 0,
    })
    .end();
}

/** Begins a resumable upload. Throws as `uploadXml` does. */
export async function startXmlSession(
  context: StorageContext,
  target: { readonly bucket: string; readonly name: string },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  await beginSession(context, describedUpload(context, target, request), request, response, 201);
}

function describedUpload(
  context: StorageContext,
  { bucket, name }: { readonly bucket: string; readonly name: string },
  request: IncomingMessage,
): Upload {
  requireBucket(context, bucket);
  const announced = announcedOf(request);
  metadataOf(announced);
  return {
    bucket,
    name: checkObjectName(name),
    request: announced,
    conditions: readHeaderPreconditions(request),
    customerKeySha256: customerKeySha256Of(request.headers),
  };
}

/** Throws an ApiError (400) for a value that is no decimal number. */
export function readHeaderPreconditions({ headers }: IncomingMessage): Preconditions {
  const read = (name: string) => {
    const value = [headers[name] ?? []].flat()[0];
    if (value !== undefined && !/^\d{1,19}$/.test(value)) throw invalid(`Invalid value for ${name}.`);
    return value === undefined ? undefined : Number(value);
  };
  return {
    ifGenerationMatch: read('x-goog-if-generation-match'),
    ifMetagenerationMatch: read('x-goog-if-metageneration-match'),
  };
}

function announcedOf(request: IncomingMessage): UploadRequest {
  const header = (name: string) => {
    const value = [request.headers[name] ?? []].flat()[0];
    return value === undefined ? undefined : fromHeaderValue(value);
  };
  const described = {
    contentType: header('content-type'),
    contentEncoding: header('content-encoding'),
    contentDisposition: header('content-disposition'),
    contentLanguage: header('content-language'),
    cacheControl: header('cache-control'),
    md5Hash: header('content-md5'),
  };
  const custom = Object.keys(request.headers)
    .filter((name) => name.startsWith(METADATA_PREFIX))
    .map((name) => [name.slice(METADATA_PREFIX.length), header(name) ?? '']);
  return {
    ...Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined)),
    ...announcedHashes(request),
    ...(custom.length > 0 && { metadata: Object.fromEntries(custom) }),
  };
}
