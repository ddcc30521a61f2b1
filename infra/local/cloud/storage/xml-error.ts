/** Errors as Cloud Storage's XML API words them. */

import type { ServerResponse } from 'node:http';
import type { ApiError, ErrorReason } from './api-error.ts';

const CODES: Partial<Record<ErrorReason, string>> = {
  conditionNotMet: 'PreconditionFailed',
  forbidden: 'AccessDenied',
  invalid: 'InvalidArgument',
  methodNotAllowed: 'MethodNotAllowed',
  notImplemented: 'NotImplemented',
  rateLimitExceeded: 'SlowDown',
  requestedRangeNotSatisfiable: 'InvalidRange',
  uploadTooLarge: 'EntityTooLarge',
};

/** Answers with the XML form of `error`, or cuts the connection where an answer has already begun. */
export function sendXmlError(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers } = error;
  if (status === 304) {
    response.writeHead(304, headers).end();
    return;
  }
  const body = Buffer.from(
    `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${codeOf(error)}</Code><Message>${escapeXml(error.message)}</Message></Error>`,
  );
  const own = { 'content-type': 'application/xml; charset=UTF-8', 'content-length': body.length };
  response.writeHead(status, { ...own, ...headers }).end(body);
}

function codeOf({ status, reason, message }: ApiError): string {
  if (reason === 'notFound') return message.startsWith('No such object') ? 'NoSuchKey' : 'NoSuchBucket';
  if (reason === 'invalid' && message.startsWith('Provided ')) return 'BadDigest';
  if (reason === 'backendError') return status === 503 ? 'ServiceUnavailable' : 'InternalError';
  return CODES[reason] ?? `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
}

function escapeXml(text: string): string {
  // Control characters have no place in XML 1.0, not even escaped.
  return text
    .replace(/[^\P{Cc}\n]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
