/** Uploads that arrive in one request: the media alone, or metadata and media as multipart/related. */

import type { IncomingMessage } from 'node:http';
import { finalizeUpload } from './finalize.ts';
import { fromHeaderValue } from './header-text.ts';
import { multipartBoundary, readMultipart } from './multipart.ts';
import { checkObjectName } from './names.ts';
import { metadataOf, parseUploadRequest, type UploadRequest } from './object-metadata.ts';
import { readPreconditions } from './preconditions.ts';
import { bodyOf } from './request-body.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

/** `uploadType=media`: name in the query, content type in the header, the body is the object. */
export async function uploadMedia(
  context: StorageContext,
  bucket: string,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<StoredObject> {
  requireBucket(context, bucket);
  const name = checkObjectName(query.get('name'));
  const conditions = readPreconditions(query);
  const contentType = fromHeaderValue(request.headers['content-type'] ?? '');
  const announced: UploadRequest = { ...announcedHashes(request), ...(contentType && { contentType }) };
  const blob = await context.blobs.write(bodyOf(request));
  return finalizeUpload(context, { bucket, name, request: announced, conditions }, blob);
}

/** `uploadType=multipart`: a JSON object resource, then the media. The name is in either. */
export async function uploadMultipart(
  context: StorageContext,
  bucket: string,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<StoredObject> {
  requireBucket(context, bucket);
  const conditions = readPreconditions(query);
  const boundary = multipartBoundary(request.headers['content-type']);
  const { metadata, mediaType, media } = await readMultipart(bodyOf(request), boundary);
  const described = parseUploadRequest(metadata.toString('utf8'));
  const contentType = described.contentType ?? mediaType;
  const announced = { ...announcedHashes(request), ...described, ...(contentType && { contentType }) };
  const name = checkObjectName(query.get('name') ?? described.name);
  // The type in the part's header has not been looked at yet.
  metadataOf(announced);
  const blob = await context.blobs.write(media);
  return finalizeUpload(context, { bucket, name, request: announced, conditions }, blob);
}

/** The header form of the checksums: `x-goog-hash: crc32c=…,md5=…`. */
export function announcedHashes(request: IncomingMessage): Pick<UploadRequest, 'crc32c' | 'md5Hash'> {
  const header = [request.headers['x-goog-hash'] ?? []].flat().join(',');
  const value = (name: string) => new RegExp(`(?:^|,)\\s*${name}=([^,\\s]+)`).exec(header)?.[1];
  const [crc32c, md5Hash] = [value('crc32c'), value('md5')];
  return { ...(crc32c && { crc32c }), ...(md5Hash && { md5Hash }) };
}
