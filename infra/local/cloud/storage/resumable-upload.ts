/** Resumable uploads: a session, chunks that may break off, questions of how much has arrived, and a finish. */

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, invalid, sendJson } from './api-error.ts';
import { type ContentRange, parseContentRange } from './byte-range.ts';
import { finalizeUpload, type Upload } from './finalize.ts';
import { fromHeaderValue } from './header-text.ts';
import { checkObjectName } from './names.ts';
import { parseUploadRequest } from './object-metadata.ts';
import { toObjectResource } from './object-resource.ts';
import { checkBeforeWrite, readPreconditions } from './preconditions.ts';
import { bodyOf, readText } from './request-body.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import { announcedHashes } from './upload.ts';
import type { UploadSession } from './upload-sessions.ts';

/** Every chunk but the last is a multiple of this. */
const CHUNK_UNIT_BYTES = 256 * 1024;

/** The end of a body whose length no header states. */
const UNSTATED = Number.POSITIVE_INFINITY;

/** Answers with the session's address. */
export async function startSession(
  context: StorageContext,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  requireBucket(context, bucket);
  const described = parseUploadRequest(await readText(request));
  const name = checkObjectName(url.searchParams.get('name') ?? described.name);
  const conditions = readPreconditions(url.searchParams);
  checkBeforeWrite(context.objects.get(bucket, name), conditions);
  const typeHeader = [request.headers['x-upload-content-type'] ?? []].flat()[0];
  const contentType = described.contentType ?? (typeHeader && fromHeaderValue(typeHeader));
  const announced = { ...described, ...(contentType && { contentType }) };
  const upload: Upload = { bucket, name, request: announced, conditions };
  const id = randomBytes(24).toString('base64url');
  context.sessions.create({ id, upload, blobId: context.blobs.newId() });
  const host = request.headers.host;
  const origin = host === undefined ? context.origin() : `http://${host}`;
  const location = `${origin}${url.pathname}?uploadType=resumable&name=${encodeURIComponent(name)}&upload_id=${id}`;
  response.writeHead(200, { location, 'x-guploader-uploadid': id, 'content-length': 0 }).end();
}

/** Takes a chunk or a question; the last chunk makes the object. */
export async function continueSession(
  context: StorageContext,
  id: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const session = requireSession(context, id);
  if (session.result !== undefined) return sendJson(response, JSON.parse(session.result));
  if (context.uploadsInProgress.has(id)) {
    throw new ApiError(503, 'backendError', 'Another request is writing to this upload session.');
  }
  context.uploadsInProgress.add(id);
  try {
    const { arrivedBytes, isComplete } = await takeChunk(context, session, request);
    if (isComplete) sendJson(response, await finish(context, session, request));
    else sendProgress(response, arrivedBytes);
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

async function takeChunk({ blobs }: StorageContext, { blobId }: UploadSession, request: IncomingMessage) {
  const haveBytes = await blobs.sizeBytes(blobId);
  const { chunk, totalBytes } = contentRangeOf(request);
  if (totalBytes !== undefined && totalBytes < haveBytes) throw invalid('More bytes than that have arrived.');
  if (chunk === undefined) return { arrivedBytes: haveBytes, isComplete: totalBytes === haveBytes };
  if (chunk.startByte > haveBytes) {
    throw invalid(`The chunk starts at byte ${chunk.startByte}, but only ${haveBytes} bytes have arrived.`);
  }
  const chunkBytes = chunk.endByteExclusive - chunk.startByte;
  const isOpen = chunk.endByteExclusive === UNSTATED;
  if (totalBytes === undefined && !isOpen && chunkBytes % CHUNK_UNIT_BYTES !== 0) {
    throw invalid(`Every chunk but the last must be a multiple of ${CHUNK_UNIT_BYTES} bytes.`);
  }
  const fresh = withinChunk(bodyOf(request), haveBytes - chunk.startByte, chunkBytes);
  const arrivedBytes = haveBytes + (await blobs.append(blobId, fresh));
  return { arrivedBytes, isComplete: isOpen || arrivedBytes === totalBytes };
}

/** Without a Content-Range header the body is the whole object. */
function contentRangeOf(request: IncomingMessage): ContentRange {
  const header = request.headers['content-range'];
  if (header !== undefined) return parseContentRange(header);
  return { chunk: { startByte: 0, endByteExclusive: UNSTATED }, totalBytes: undefined };
}

/** The chunk without its first `skipBytes`, which arrived before. Throws an ApiError (400) beyond `limitBytes`. */
async function* withinChunk(source: AsyncIterable<Buffer>, skipBytes: number, limitBytes: number) {
  let seenBytes = 0;
  for await (const bytes of source) {
    const skipHere = Math.min(bytes.length, Math.max(0, skipBytes - seenBytes));
    seenBytes += bytes.length;
    if (seenBytes > limitBytes) throw invalid('The body is longer than its Content-Range.');
    if (skipHere < bytes.length) yield bytes.subarray(skipHere);
  }
}

/**
 * The checksums are taken from the file: the state of a running MD5 could not be kept over a restart.
 * An upload that is refused here is over.
 */
async function finish(context: StorageContext, session: UploadSession, request: IncomingMessage) {
  const { sessions, blobs } = context;
  const announced = { ...session.upload.request, ...announcedHashes(request) };
  try {
    const blob = await blobs.measure(session.blobId);
    const object = await finalizeUpload(context, { ...session.upload, request: announced }, blob, (made) =>
      sessions.finish(session.id, JSON.stringify(toObjectResource(made, context.origin()))),
    );
    return toObjectResource(object, context.origin());
  } catch (error) {
    if (error instanceof ApiError) sessions.delete(session.id);
    throw error;
  }
}

function sendProgress(response: ServerResponse, arrivedBytes: number): void {
  const range = arrivedBytes > 0 ? { range: `bytes=0-${arrivedBytes - 1}` } : {};
  response.writeHead(308, 'Resume Incomplete', { ...range, 'content-length': 0 }).end();
}

function requireSession({ sessions }: StorageContext, id: string): UploadSession {
  const session = sessions.get(id);
  if (session === undefined) throw noSuchSession();
  return session;
}

const noSuchSession = () => new ApiError(404, 'notFound', 'There is no such upload session.');
