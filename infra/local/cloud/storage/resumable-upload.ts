/** Resumable uploads: a session, chunks that may break off, questions of how much has arrived, and a finish. */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, sendJson } from './api-error.ts';
import { customerKeySha256Of } from './customer-key.ts';
import { finalizeUpload, type Upload } from './finalize.ts';
import { fromHeaderValue } from './header-text.ts';
import type { Interrupt } from './interruption.ts';
import { checkObjectName } from './names.ts';
import { parseUploadRequest } from './object-metadata.ts';
import { viewObject } from './object-view.ts';
import { readPreconditions } from './preconditions.ts';
import { readText } from './request-body.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import { announcedHashes } from './upload.ts';
import { takeChunk } from './upload-chunk.ts';
import type { UploadSession } from './upload-sessions.ts';

/**
 * Answers with the session's address. Preconditions are kept for the end of the upload, as Cloud Storage looks at them
 * then and not here.
 */
export async function startSession(
  context: StorageContext,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): Promise<void> {
  requireBucket(context, bucket);
  const described = parseUploadRequest(await readText(request));
  const name = checkObjectName(query.get('name') ?? described.name);
  const conditions = readPreconditions(query);
  const typeHeader = [request.headers['x-upload-content-type'] ?? []].flat()[0];
  const contentType = described.contentType ?? (typeHeader && fromHeaderValue(typeHeader));
  const contentEncoding = described.contentEncoding ?? query.get('contentEncoding');
  const announced = {
    ...described,
    ...(contentType && { contentType }),
    ...(contentEncoding && { contentEncoding }),
  };
  const customerKeySha256 = customerKeySha256Of(request.headers);
  await beginSession(
    context,
    { bucket, name, request: announced, conditions, customerKeySha256 },
    request,
    response,
  );
}

/** @param status 200 in the JSON API, 201 in the XML API, whose sessions go on in the JSON API: the protocol is the same. */
export async function beginSession(
  { sessions, blobs, uploadsInProgress, origin }: StorageContext,
  upload: Upload,
  request: IncomingMessage,
  response: ServerResponse,
  status: 200 | 201 = 200,
): Promise<void> {
  await blobs.remove(sessions.expire((id) => uploadsInProgress.has(id)));
  const id = randomBytes(24).toString('base64url');
  sessions.create({ id, upload, blobId: blobs.newId() });
  const { host } = request.headers;
  const base = host === undefined ? origin() : `http://${host}`;
  const query = `uploadType=resumable&name=${encodeURIComponent(upload.name)}&upload_id=${id}`;
  const location = `${base}/upload/storage/v1/b/${encodeURIComponent(upload.bucket)}/o?${query}`;
  response.writeHead(status, { location, 'x-guploader-uploadid': id, 'content-length': 0 }).end();
}

/** Takes a chunk or a question; the last chunk makes the object. */
export async function continueSession(
  context: StorageContext,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
  interrupt: Interrupt,
): Promise<void> {
  const session = requireSession(context, id);
  if (session.result !== undefined) return sendJson(response, JSON.parse(session.result));
  if (context.uploadsInProgress.has(id)) {
    throw new ApiError(503, 'backendError', 'Another request is writing to this upload session.');
  }
  context.uploadsInProgress.add(id);
  try {
    const { arrivedBytes, isComplete } = await takeChunk(context, session, request, interrupt);
    if (isComplete) sendJson(response, await finish(context, session, request));
    else sendProgress(request, response, arrivedBytes);
  } finally {
    context.uploadsInProgress.delete(id);
  }
}

/** Ends the session and forgets its bytes. */
export async function cancelSession(
  { sessions, blobs, uploadsInProgress }: StorageContext,
  id: string,
  response: ServerResponse,
): Promise<void> {
  const session = sessions.get(id);
  if (session === undefined || uploadsInProgress.has(id)) throw noSuchSession();
  sessions.delete(id);
  if (session.result === undefined) await blobs.remove([session.blobId]);
  response.writeHead(499, { 'content-length': 0 }).end();
}

/**
 * The checksums are taken from the file: the state of a running MD5 could not be kept over a restart.
 * An upload that is refused here is over; one that this server failed to finish keeps its bytes, and may be finished by
 * asking again.
 */
async function finish(context: StorageContext, session: UploadSession, request: IncomingMessage) {
  const { sessions, blobs, objects } = context;
  const announced = { ...session.upload.request, ...announcedHashes(request) };
  try {
    const blob = await blobs.measure(session.blobId);
    const object = await finalizeUpload(context, { ...session.upload, request: announced }, blob, (made) =>
      sessions.finish(session.id, JSON.stringify(viewObject(context, made))),
    );
    return viewObject(context, object);
  } catch (error) {
    if (error instanceof ApiError) {
      sessions.delete(session.id);
      if (!objects.refersTo(session.blobId)) await blobs.remove([session.blobId]);
    }
    throw error;
  }
}

function sendProgress(request: IncomingMessage, response: ServerResponse, arrivedBytes: number): void {
  const range = arrivedBytes > 0 ? { range: `bytes=0-${arrivedBytes - 1}` } : {};
  if (request.headers['x-guploader-no-308'] === 'yes') {
    // Some HTTP clients would follow a 308 as a redirect; Go's asks for this instead.
    response.writeHead(200, { ...range, 'x-http-status-code-override': '308', 'content-length': 0 }).end();
    return;
  }
  response.writeHead(308, 'Resume Incomplete', { ...range, 'content-length': 0 }).end();
}

function requireSession({ sessions }: StorageContext, id: string): UploadSession {
  const session = sessions.get(id);
  if (session === undefined) throw noSuchSession();
  return session;
}

const noSuchSession = () => new ApiError(404, 'notFound', 'There is no such upload session.');
