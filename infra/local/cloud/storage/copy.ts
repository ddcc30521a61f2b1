/** Copy, rewrite and move: a new object on the blobs of another; no byte is copied. */

import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { invalid } from './api-error.ts';
import { checkCustomerKey, customerKeySha256Of } from './customer-key.ts';
import { mergePatch } from './merge-patch.ts';
import { checkObjectName } from './names.ts';
import { checkNotHeld } from './object-hold.ts';
import { metadataOf, type ObjectMetadata, parseJson, parseJsonObject } from './object-metadata.ts';
import { checkBeforeWrite, readLong, readPreconditions } from './preconditions.ts';
import { requireBucket, requireObject, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

const MIB = 1024 * 1024;

export interface CopyRequest {
  readonly source: { readonly bucket: string; readonly name: string };
  readonly target: { readonly bucket: string; readonly name: string };
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** JSON: metadata of the new object in place of that of the source; empty for the source's own. */
  readonly body: string;
}

/** How far a rewrite has come; `object` is there once it is done. */
export interface Rewrite {
  readonly source: StoredObject;
  readonly rewrittenBytes: number;
  readonly token: string | undefined;
  readonly object: StoredObject | undefined;
}

const tokenSchema = z.object({
  sourceGeneration: z.int(),
  /** Source and target, so that a token serves no other rewrite. */
  from: z.string(),
  to: z.string(),
  rewrittenBytes: z.int().min(0),
});

/** Throws an ApiError: 404, 412 for a precondition of source or target, 403 for a hold, 400. */
export async function copyObject(context: StorageContext, request: CopyRequest): Promise<StoredObject> {
  return commit(context, request, requireSource(context, request), false);
}

/** As `copyObject`, and takes the source away in the same transaction. */
export async function moveObject(context: StorageContext, request: CopyRequest): Promise<StoredObject> {
  return commit(context, request, requireSource(context, request), true);
}

/**
 * One call of a rewrite. It takes several only where the caller asks for it with `maxBytesRewrittenPerCall`, a multiple
 * of 1 MiB. Throws as `copyObject` does, and an ApiError (400) for a token of another rewrite.
 */
export async function rewriteObject(context: StorageContext, request: CopyRequest): Promise<Rewrite> {
  const source = requireSource(context, request);
  const maxBytes = readLong(request.query, 'maxBytesRewrittenPerCall') ?? source.sizeBytes;
  if (request.query.has('maxBytesRewrittenPerCall') && (maxBytes === 0 || maxBytes % MIB !== 0)) {
    throw invalid('Invalid value for maxBytesRewrittenPerCall: expected a multiple of 1048576.');
  }
  const from = JSON.stringify([request.source.bucket, request.source.name]);
  const to = JSON.stringify([request.target.bucket, request.target.name]);
  const token = readToken(request.query.get('rewriteToken'));
  const sourceGeneration = source.generation;
  if (token && (token.from !== from || token.to !== to || token.sourceGeneration !== sourceGeneration)) {
    throw invalid('The rewrite token is of another rewrite.');
  }
  const rewrittenBytes = Math.min(source.sizeBytes, (token?.rewrittenBytes ?? 0) + maxBytes);
  if (rewrittenBytes < source.sizeBytes) {
    const next: z.infer<typeof tokenSchema> = { sourceGeneration, from, to, rewrittenBytes };
    const nextToken = Buffer.from(JSON.stringify(next)).toString('base64url');
    return { source, rewrittenBytes, token: nextToken, object: undefined };
  }
  const object = await commit(context, request, source, false);
  return { source, rewrittenBytes, token: undefined, object };
}

function requireSource(context: StorageContext, { source, query, headers }: CopyRequest): StoredObject {
  const conditions = readPreconditions(query, 'ifSource');
  const found = requireObject(context, source.bucket, source.name, readLong(query, 'sourceGeneration'));
  checkBeforeWrite(found, conditions);
  checkCustomerKey(found.customerKeySha256, customerKeySha256Of(headers, 'x-goog-copy-source-encryption'));
  return found;
}

async function commit(
  context: StorageContext,
  { target, query, headers, body }: CopyRequest,
  source: StoredObject,
  isMove: boolean,
): Promise<StoredObject> {
  const { objects, blobs } = context;
  const { bucket } = target;
  const name = checkObjectName(target.name);
  const conditions = readPreconditions(query);
  const metadata = copiedMetadata(source, body);
  const customerKeySha256 = isMove ? source.customerKeySha256 : customerKeySha256Of(headers);
  const { sizeBytes, crc32c, md5, componentCount } = source;
  const { object, orphans } = objects.put(() => {
    requireBucket(context, bucket);
    const live = objects.get(bucket, name);
    checkBeforeWrite(live, conditions);
    checkNotHeld(live);
    if (isMove) checkMove(source, live);
    return {
      object: { bucket, name, metadata, sizeBytes, crc32c, md5, componentCount, customerKeySha256 },
      segments: objects.segments(source.generation),
      ...(isMove && { alsoDrop: source }),
    };
  });
  await blobs.remove(orphans);
  return object;
}

function checkMove(source: StoredObject, live: StoredObject | undefined): void {
  if (live?.generation === source.generation) throw invalid('The source and the destination are one object.');
  checkNotHeld(source);
}

/** What the body says of the new object stands for all of it; a storage class alone leaves the rest as it was. */
function copiedMetadata(source: StoredObject, body: string): ObjectMetadata {
  const described = metadataOf(mergePatch({}, parseJsonObject(body)));
  const { temporaryHold, eventBasedHold, ...kept } = source.metadata;
  const { storageClass, ...rest } = described;
  return Object.keys(rest).length === 0 ? { ...kept, ...(storageClass && { storageClass }) } : described;
}

function readToken(text: string | null): z.infer<typeof tokenSchema> | undefined {
  if (text === null || text === '') return undefined;
  return parseJson(tokenSchema, Buffer.from(text, 'base64url').toString('utf8') || '{}');
}
