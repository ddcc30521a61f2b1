/** Uploads of all three kinds. */

import { invalid } from './api-error.ts';
import { showObject } from './object-routes.ts';
import { cancelSession, continueSession, startSession } from './resumable-upload.ts';
import type { Call, Route } from './route.ts';
import { uploadMedia, uploadMultipart } from './upload.ts';

const [id, path, service] = ['storage.objects.insert', 'b/{bucket}/o', 'upload'] as const;

export const uploadRoutes: readonly Route[] = [
  { id, method: 'POST', path, service, answer: startUpload },
  { id, method: 'PUT', path, service, answer: continueUpload },
  { id: 'storage.objects.cancelUpload', method: 'DELETE', path, service, answer: cancelUpload },
];

async function startUpload(call: Call): Promise<void> {
  const { context, request, query, interrupt } = call;
  const bucket = call.param('bucket');
  // Go's client sends its chunks so.
  if (query.has('upload_id')) return continueUpload(call);
  switch (query.get('uploadType')) {
    case 'media':
      return showObject(call, await uploadMedia({ context, bucket, request, query, interrupt }));
    case 'multipart':
      return showObject(call, await uploadMultipart({ context, bucket, request, query, interrupt }));
    case 'resumable':
      return startSession(context, bucket, request, call.response, query);
    default:
      throw invalid('Invalid uploadType: expected media, multipart or resumable.');
  }
}

function continueUpload({ context, request, response, query, interrupt }: Call): Promise<void> {
  return continueSession(context, sessionOf(query), request, response, interrupt);
}

function cancelUpload({ context, query, response }: Call): Promise<void> {
  return cancelSession(context, sessionOf(query), response);
}

function sessionOf(query: URLSearchParams): string {
  const id = query.get('upload_id');
  if (id === null) throw invalid('Required parameter: upload_id');
  return id;
}
