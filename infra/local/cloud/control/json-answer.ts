/** Answers of the local cloud's own endpoints (`/_pillbox/…`): JSON, and errors in Google's common form. */

import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a request of these endpoints may hold. */
const MAX_BODY_BYTES = 64 * 1024;

const CODES = {
  400: 'INVALID_ARGUMENT',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  412: 'FAILED_PRECONDITION',
} as const;

/** Always true, for an API to say that the path was its own. */
export function sendJson(response: ServerResponse, body: object, code = 200): true {
  response.writeHead(code, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
  return true;
}

/** Always true. */
export function sendJsonError(response: ServerResponse, code: keyof typeof CODES, message: string): true {
  return sendJson(response, { error: { code, status: CODES[code], message } }, code);
}

/** Undefined for a body that is empty, too large, cut short or no JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > MAX_BODY_BYTES) {
        request.resume();
        return undefined;
      }
      chunks.push(chunk as Buffer);
    }
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
