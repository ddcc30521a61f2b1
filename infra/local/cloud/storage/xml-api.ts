/**
 * The part of Cloud Storage's XML API that clients use beside the JSON API: the object at `/bucket/object`, also behind
 * V4 signed URLs. A URL without a signature is served as every other call is: this server knows no callers.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerError } from './answer-error.ts';
import { ApiError, invalid, notImplemented } from './api-error.ts';
import { sendMedia } from './download.ts';
import { fromHeaderValue, toHeaderValue } from './header-text.ts';
import { type Interrupt, interruptCall } from './interruption.ts';
import { readableObject, removeObject } from './object-access.ts';
import { rawPathOf } from './raw-path.ts';
import { decodeSegment } from './route.ts';
import { checkSignature, isSigned } from './signed-url.ts';
import type { StorageContext } from './storage-context.ts';
import { sendXmlError } from './xml-error.ts';
import { readHeaderPreconditions, startXmlSession, uploadXml } from './xml-upload.ts';

interface XmlCall {
  readonly context: StorageContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly bucket: string;
  readonly name: string;
  readonly interrupt: Interrupt;
}

/** Names by which retry tests know the methods. */
const METHOD_IDS: Readonly<Record<string, string>> = {
  GET: 'storage.objects.get',
  HEAD: 'storage.objects.get',
  PUT: 'storage.objects.insert',
  POST: 'storage.objects.insert',
  DELETE: 'storage.objects.delete',
};

/** Parameters that stand for something other than the object's bytes. */
const SUBRESOURCES = ['acl', 'compose', 'partNumber', 'retention', 'tagging', 'uploadId', 'uploads'];

/** Resolves to false, having touched neither stream, for a path that begins with no bucket's name and is not signed. */
export async function serveXml(
  context: StorageContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  try {
    const path = decodeSegment(rawPathOf(request));
    const [, bucket = '', name = ''] = /^\/([^/]+)(?:\/(.*))?$/s.exec(path) ?? [];
    const signed = isSigned(url.searchParams);
    if (!signed && !context.buckets.has(bucket)) return false;
    if (signed)
      await checkSignature(context, { method: request.method ?? '', path, query: queryOf(url), header });
    const id = METHOD_IDS[request.method ?? ''] ?? '';
    const interrupt = interruptCall(context.retryTests, id, request, response);
    if (interrupt !== undefined) await operate({ context, request, response, url, bucket, name, interrupt });
  } catch (error) {
    await answerError(error, request, response, sendXmlError, context.dir);
  }
  return true;

  function header(headerName: string): string | undefined {
    const values = request.headersDistinct[headerName] ?? [request.headers[headerName] ?? []].flat();
    return values.length === 0 ? undefined : fromHeaderValue(values.join(','));
  }
}

function operate(call: XmlCall): Promise<void> {
  const { context, request, response, url, bucket, name } = call;
  if (name === '') throw notImplemented('buckets in the XML API; use the JSON API');
  const subresource = SUBRESOURCES.find((key) => url.searchParams.has(key));
  if (subresource !== undefined) throw notImplemented(`?${subresource} in the XML API`);
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      return download(call);
    case 'PUT':
      return uploadXml(context, { bucket, name }, request, response, call.interrupt);
    case 'DELETE':
      return remove(call);
    case 'POST':
      if (request.headers['x-goog-resumable'] !== 'start') throw notImplemented('POST of forms');
      return startXmlSession(context, { bucket, name }, request, response);
  }
  throw new ApiError(405, 'methodNotAllowed', 'The method is not supported on this resource.');
}

function download({ context, request, response, url, bucket, name }: XmlCall): Promise<void> {
  const conditions = readHeaderPreconditions(request);
  const object = readableObject(context, bucket, name, url.searchParams, conditions);
  return sendMedia(context, object, request, response, {
    ...(isSigned(url.searchParams) && {
      ...overridingHeader(url, 'content-type'),
      ...overridingHeader(url, 'content-disposition'),
    }),
  });
}

async function remove({ context, request, response, url, bucket, name }: XmlCall): Promise<void> {
  await removeObject(context, bucket, name, url.searchParams, readHeaderPreconditions(request));
  response.writeHead(204).end();
}

/**
 * Such as `response-content-type`, with which a signed URL says how a browser is to take the bytes. Without a signature,
 * any link could have them taken for a page.
 */
function overridingHeader(url: URL, name: string): Record<string, string> {
  const value = url.searchParams.get(`response-${name}`);
  if (value === null) return {};
  if (/\p{Cc}/u.test(value)) throw invalid(`response-${name}: has control characters`);
  return { [name]: toHeaderValue(value) };
}

function queryOf(url: URL): [string, string][] {
  const pairs = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '');
  return pairs.map((pair) => {
    const [name = '', ...value] = pair.split('=');
    return [decodeSegment(name), decodeSegment(value.join('='))];
  });
}
