/** Uploads that arrive in one request: the media alone, or metadata and media as multipart/related. */

import type { IncomingMessage } from 'node:http';
import { customerKeySha256Of } from './customer-key.ts';
import { finalizeUpload } from './finalize.ts';
import { fromHeaderValue } from './header-text.ts';
import type { Interrupt } from './interruption.ts';
import { multipartBoundary, readMultipart } from './multipart.ts';
import { checkObjectName } from './names.ts';
import { metadataOf, parseUploadRequest, type UploadRequest } from './object-metadata.ts';
import { readPreconditions } from './preconditions.ts';
import { bodyOf } from './request-body.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

export interface UploadCall {
  readonly context: StorageContext;
  readonly bucket: string;
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly interrupt: Interrupt;
}

/** `uploadType=media`: name in the query, content type in the header, the body is the object. */
export async function uploadMedia({
  context,
  bucket,
  request,
  query,
  interrupt,
}: UploadCall): Promise<StoredObject> {
  requireBucket(context, bucket);
  const name = checkObjectName(query.get('name'));
  const conditions = readPreconditions(query);
  const contentType = fromHeaderValue(request.headers['content-type'] ?? '');
  const contentEncoding = query.get('contentEncoding');
  const announced: UploadRequest = {
    ...announcedHashes(request),
    ...(contentType && { contentType }),
    ...(contentEncoding && { contentEncoding }),
  };
  const customerKeySha256 = customerKeySha256Of(request.headers);
  const blob = await context.blobs.write(interrupt(bodyOf(request), 0));
  return finalizeUpload(context, { bucket, name, request: announced, conditions, customerKeySha256 }, blob);
}

/** `uploadType=multipart`: a JSON object resource, then the media. The name is in either. */
export async function uploadMultipart({
  context,
  bucket,
  request,
  query,
  interrupt,
}: UploadCall): Promise<StoredObject> {
  requireBucket(context, bucket);
  const conditions = readPreconditions(query);
  const customerKeySha256 = customerKeySha256Of(request.headers);
  const boundary = multipartBoundary(request.headers['content-type']);
  const { metadata, mediaType, media } = await readMultipart(interrupt(bodyOf(request), 0), boundary);
  const described = parseUploadRequest(metadata.toString('utf8'));
  const contentType = described.contentType ?? mediaType;
  const announced = { ...announcedHashes(request), ...described, ...(contentType && { contentType }) };
  const name = checkObjectName(query.get('name') ?? described.name);
  // The type in the part's header has not been looked at yet.
  metadataOf(announced);
  const blob = await context.blobs.write(media);
  return finalizeUpload(context, { bucket, name, request: announced, conditions, customerKeySha256 }, blob);
}

/** The header form of the checksums: `x-goog-hash: crc32c=…,md5=…`. */
export function announcedHashes(request: IncomingMessage): Pick<UploadRequest, 'crc32c' | 'md5Hash'> {
  const header = [request.headers['x-goog-hash'] ?? []].flat().join(',');
  const value = (name: string) => new RegExp(`(?:^|,)\\s*${name}=([^,\\s]+)`).exec(header)?.[1];
  const [crc32c, md5Hash] = [value('crc32c'), value('md5')];
  return { ...(crc32c && { crc32c }), ...(md5Hash && { md5Hash }) };
}
