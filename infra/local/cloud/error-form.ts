/** Errors of requests that no API has taken, worded as the API words them that the path belongs to. */

import type { ServerResponse } from 'node:http';
import { ApiError, type ErrorReason, noSuchBucket, sendError } from './storage/api-error.ts';
import { isBucketName } from './storage/names.ts';
import { sendXmlError } from './storage/xml-error.ts';

/** Each code's reason at Cloud Storage, and status in the form of Google's newer APIs. */
const WORDS = {
  400: ['invalid', 'INVALID_ARGUMENT'],
  403: ['forbidden', 'PERMISSION_DENIED'],
  404: ['notFound', 'NOT_FOUND'],
  500: ['backendError', 'INTERNAL'],
} as const satisfies Record<number, readonly [ErrorReason, string]>;

const STORAGE_JSON = /^\/(?:storage|upload|download|batch|b|projects|retry_tests?)(?:\/|$)/;

/** Such as `/v2beta3/projects/…`, which is no bucket. */
const NEWER_API = /^\/v\d\w*\/projects\//;

/** @param pathname percent-encoded. What the request still sends is read and forgotten. */
export function sendFailure(
  response: ServerResponse,
  pathname: string,
  code: keyof typeof WORDS,
  message: string,
): void {
  const [reason, status] = WORDS[code];
  if (STORAGE_JSON.test(pathname)) sendError(response, new ApiError(code, reason, message));
  else if (isXmlPath(pathname)) {
    sendXmlError(response, code === 404 ? noSuchBucket() : new ApiError(code, reason, message));
  } else {
    const body = JSON.stringify({ error: { code, status, message, errors: [{ message, reason: status }] } });
    response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8' }).end(body);
  }
  response.req.resume();
}

/** Whether it is of the form `/bucket/object`. */
function isXmlPath(pathname: string): boolean {
  const bucket = /^\/([^/]+)\/./.exec(pathname)?.[1];
  return bucket !== undefined && isBucketName(bucket) && !NEWER_API.test(pathname);
}
