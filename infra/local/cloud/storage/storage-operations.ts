/** Which operation a method on a path of the storage API stands for. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalid, noSuchObject, sendJson } from './api-error.ts';
import { createBucket, getBucket, listBuckets } from './bucket-operations.ts';
import { composeObject } from './compose.ts';
import { sendMedia } from './download.ts';
import { listPage } from './list.ts';
import { toObjectResource } from './object-resource.ts';
import { checkBeforeRead, checkBeforeWrite, readLong, readPreconditions } from './preconditions.ts';
import { readText } from './request-body.ts';
import { cancelSession, continueSession, startSession } from './resumable-upload.ts';
import { requireBucket, requireObject, type StorageContext } from './storage-context.ts';
import type { StoragePath } from './storage-paths.ts';
import type { StoredObject } from './stored-object.ts';
import { uploadMedia, uploadMultipart } from './upload.ts';

/** Answers the request. Throws an ApiError, having answered nothing. */
export async function operate(
  context: StorageContext,
  path: StoragePath,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const query = url.searchParams;
  const show = (object: StoredObject) => sendJson(response, toObjectResource(object, context.origin()));
  switch (path.kind) {
    case 'buckets':
      if (request.method === 'GET') return sendJson(response, listBuckets(context));
      if (request.method === 'POST')
        return sendJson(response, createBucket(context, await readText(request)));
      break;
    case 'bucket':
      if (request.method === 'GET') return sendJson(response, getBucket(context, path.bucket));
      break;
    case 'objects':
      if (request.method === 'GET') return sendJson(response, listObjects(context, path.bucket, query));
      break;
    case 'object':
    case 'download':
      if (request.method === 'GET') {
        const object = readable(context, path.bucket, path.name, query);
        const asMedia = path.kind === 'download' || query.get('alt') === 'media';
        return asMedia ? sendMedia(context, object, request, response) : show(object);
      }
      if (request.method === 'DELETE') return deleteObject(context, path.bucket, path.name, query, response);
      break;
    case 'compose':
      if (request.method === 'POST') {
        return show(await composeObject(context, path, query, await readText(request)));
      }
      break;
    case 'upload':
      return upload(context, path.bucket, request, response, url, show);
  }
  throw new ApiError(405, 'methodNotAllowed', 'The method is not supported on this resource.');
}

async function upload(
  context: StorageContext,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  show: (object: StoredObject) => void,
): Promise<void> {
  const query = url.searchParams;
  const sessionId = query.get('upload_id');
  if (sessionId !== null) {
    if (request.method === 'PUT') return continueSession(context, sessionId, request, response);
    if (request.method === 'DELETE') return cancelSession(context, sessionId, response);
  }
  switch (`${request.method} ${query.get('uploadType')}`) {
    case 'POST media':
      return show(await uploadMedia(context, bucket, request, query));
    case 'POST multipart':
      return show(await uploadMultipart(context, bucket, request, query));
    case 'POST resumable':
      return startSession(context, bucket, request, response, url);
    default:
      throw invalid('Invalid uploadType: expected POST with media, multipart or resumable.');
  }
}

function readable(
  context: StorageContext,
  bucket: string,
  name: string,
  query: URLSearchParams,
): StoredObject {
  const conditions = readPreconditions(query);
  const object = requireObject(context, bucket, name, readLong(query, 'generation'));
  checkBeforeRead(object, conditions);
  return object;
}

function listObjects(context: StorageContext, bucket: string, query: URLSearchParams) {
  requireBucket(context, bucket);
  const { items, prefixes, nextPageToken } = listPage(context.objects, bucket, query);
  return {
    kind: 'storage#objects',
    ...(nextPageToken !== undefined && { nextPageToken }),
    ...(prefixes.length > 0 && { prefixes }),
    ...(items.length > 0 && { items: items.map((item) => toObjectResource(item, context.origin())) }),
  };
}

async function deleteObject(
  context: StorageContext,
  bucket: string,
  name: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  requireBucket(context, bucket);
  const conditions = readPreconditions(query);
  const generation = readLong(query, 'generation');
  const orphans = context.objects.delete(bucket, name, (live) => {
    if (live === undefined || (generation !== undefined && generation !== live.generation)) {
      throw noSuchObject(bucket, name);
    }
    checkBeforeWrite(live, conditions);
  });
  await context.blobs.remove(orphans);
  response.writeHead(204).end();
}
