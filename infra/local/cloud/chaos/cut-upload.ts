/** Ends a connection in the middle of what the client sends. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { replaceBody } from './peek-body.ts';

/** The bytes before that one arrive. A body that is shorter is cut at its end, before that is known to be the end. */
export function cutUpload(request: IncomingMessage, response: ServerResponse, afterBytes: number): void {
  replaceBody(request, async function* (source) {
    let left = afterBytes;
    while (left > 0) {
      const { done, value } = await source.next();
      if (done === true) break;
      yield value.subarray(0, left);
      left -= value.length;
    }
    const error = new Error('the connection was cut');
    response.destroy();
    request.destroy(error);
    throw error;
  });
}
