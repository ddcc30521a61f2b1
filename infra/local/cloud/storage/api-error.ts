/** Errors as Cloud Storage's JSON API words them: a status, a machine-readable reason and a message. */

import type { ServerResponse } from 'node:http';

export type ErrorReason =
  | 'AccessDenied'
  | 'AuthorizationQueryParametersError'
  | 'ExpiredToken'
  | 'InvalidAccessKeyId'
  | 'SignatureDoesNotMatch'
  | 'authError'
  | 'backendError'
  | 'conditionNotMet'
  | 'conflict'
  | 'customerEncryptionAlgorithmIsInvalid'
  | 'customerEncryptionKeyIsInvalid'
  | 'customerEncryptionKeySha256IsInvalid'
  | 'forbidden'
  | 'invalid'
  | 'invalidParameter'
  | 'notFound'
  | 'notImplemented'
  | 'notModified'
  | 'parseError'
  | 'required'
  | 'rateLimitExceeded'
  | 'requestTimeout'
  | 'requestedRangeNotSatisfiable'
  | 'resourceIsEncryptedWithCustomerEncryptionKey'
  | 'resourceNotEncryptedWithCustomerEncryptionKey'
  | 'uploadTooLarge'
  | 'methodNotAllowed'
  | 'clientClosedRequest';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly reason: ErrorReason;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    reason: ErrorReason,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.headers = headers;
  }
}

export const invalid = (message: string) => new ApiError(400, 'invalid', message);
/** For what this server does not do, so that nobody takes it for done. */
export const notImplemented = (what: string) =>
  new ApiError(501, 'notImplemented', `The local cloud does not implement this: ${what}.`);
export const noSuchBucket = () => new ApiError(404, 'notFound', 'The specified bucket does not exist.');
export const noSuchObject = (bucket: string, name: string) =>
  new ApiError(404, 'notFound', `No such object: ${bucket}/${name}`);
export const conditionNotMet = () =>
  new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');

/** Answers with the JSON form of `error`, or cuts the connection where an answer has already begun. */
export function sendError(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, reason, message } = error;
  if (status === 304) {
    response.writeHead(304, error.headers).end();
    return;
  }
  sendJson(
    response,
    { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } },
    { status, headers: error.headers },
  );
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  options: { status?: number; headers?: Readonly<Record<string, string>> } = {},
): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(options.status ?? 200, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': bytes.length,
    ...options.headers,
  });
  response.end(bytes);
}
