/** The operations on objects. */

import { notImplemented } from './api-error.ts';
import { composeObject } from './compose.ts';
import { type CopyRequest, copyObject, moveObject, rewriteObject } from './copy.ts';
import { customerKeySha256Of } from './customer-key.ts';
import { sendMedia } from './download.ts';
import { listPage } from './list.ts';
import { readableObject, removeObject } from './object-access.ts';
import { changeObjectMetadata } from './object-metadata-change.ts';
import { createObjectView, viewObject } from './object-view.ts';
import { bodyText, type Call, type Route, show, showNothing } from './route.ts';
import { requireBucket } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

const OBJECT = 'b/{bucket}/o/{object}';

export const objectRoutes: readonly Route[] = [
  { id: 'storage.objects.list', method: 'GET', path: 'b/{bucket}/o', answer: listObjects },
  { id: 'storage.objects.get', method: 'GET', path: OBJECT, answer: getObject },
  { id: 'storage.objects.get', method: 'GET', path: OBJECT, service: 'download', answer: sendObject },
  { id: 'storage.objects.delete', method: 'DELETE', path: OBJECT, answer: deleteObject },
  {
    id: 'storage.objects.patch',
    method: 'PATCH',
    path: OBJECT,
    answer: (call) => changeObject(call, 'patch'),
  },
  {
    id: 'storage.objects.update',
    method: 'PUT',
    path: OBJECT,
    answer: (call) => changeObject(call, 'update'),
  },
  { id: 'storage.objects.compose', method: 'POST', path: `${OBJECT}/compose`, answer: compose },
  {
    id: 'storage.objects.copy',
    method: 'POST',
    path: `${OBJECT}/copyTo/b/{targetBucket}/o/{targetObject}`,
    answer: async (call) => showObject(call, await copyObject(call.context, await copyRequest(call))),
  },
  {
    id: 'storage.objects.rewrite',
    method: 'POST',
    path: `${OBJECT}/rewriteTo/b/{targetBucket}/o/{targetObject}`,
    answer: rewrite,
  },
  {
    id: 'storage.objects.move',
    method: 'POST',
    path: `${OBJECT}/moveTo/o/{targetObject}`,
    answer: async (call) => showObject(call, await moveObject(call.context, await copyRequest(call))),
  },
  {
    id: 'storage.objects.restore',
    method: 'POST',
    path: `${OBJECT}/restore`,
    answer: () => {
      throw notImplemented('soft-deleted objects');
    },
  },
];

export function showObject(call: Call, object: StoredObject): void {
  show(call, viewObject(call.context, object));
}

function getObject(call: Call): Promise<void> | void {
  if (call.query.get('alt') === 'media') return sendObject(call);
  showObject(call, readableObject(call.context, call.param('bucket'), call.param('object'), call.query));
}

function sendObject({ context, query, request, response, param }: Call): Promise<void> {
  const object = readableObject(context, param('bucket'), param('object'), query);
  return sendMedia(context, object, request, response);
}

async function deleteObject(call: Call): Promise<void> {
  await removeObject(call.context, call.param('bucket'), call.param('object'), call.query);
  showNothing(call);
}

function listObjects(call: Call): void {
  const { context, query } = call;
  const bucket = call.param('bucket');
  requireBucket(context, bucket);
  const { items, prefixes, nextPageToken } = listPage(context.objects, bucket, query);
  const view = createObjectView(context, bucket);
  show(call, {
    kind: 'storage#objects',
    ...(nextPageToken !== undefined && { nextPageToken }),
    ...(prefixes.length > 0 && { prefixes }),
    ...(items.length > 0 && { items: items.map(view) }),
  });
}

async function changeObject(call: Call, how: 'patch' | 'update'): Promise<void> {
  const target = { bucket: call.param('bucket'), name: call.param('object') };
  const body = await bodyText(call);
  showObject(call, changeObjectMetadata(call.context, target, call.query, body, how));
}

async function compose(call: Call): Promise<void> {
  const target = { bucket: call.param('bucket'), name: call.param('object') };
  const key = customerKeySha256Of(call.request.headers);
  showObject(call, await composeObject(call.context, target, call.query, await bodyText(call), key));
}

async function rewrite(call: Call): Promise<void> {
  const { source, rewrittenBytes, token, object } = await rewriteObject(
    call.context,
    await copyRequest(call),
  );
  show(call, {
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: String(rewrittenBytes),
    objectSize: String(source.sizeBytes),
    done: object !== undefined,
    ...(token !== undefined && { rewriteToken: token }),
    ...(object !== undefined && { resource: viewObject(call.context, object) }),
  });
}

/** A move stays in its bucket, so that its path names no other. */
async function copyRequest(call: Call): Promise<CopyRequest> {
  const bucket = call.param('bucket');
  return {
    source: { bucket, name: call.param('object') },
    target: { bucket: call.param('targetBucket') || bucket, name: call.param('targetObject') },
    query: call.query,
    headers: call.request.headers,
    body: await bodyText(call),
  };
}
