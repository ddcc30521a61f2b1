/**
 * Streamed response bodies whose errors say nothing and look like errors. @hono/node-server would print the error of a
 * failed body, append its message to what was sent, and end the response as if it were whole; and the message of a
 * library may quote a patient's value.
 */

import { errorFields, type Log } from './log.ts';

/** The response with its streamed body, if it has one, behind a guard. JSON answers are strings and need none. */
export function withOpaqueBody(response: Response, log: Log, cutConnection: () => void): Response {
  const type = response.headers.get('content-type') ?? '';
  if (/^application\/(problem\+)?json\b/.test(type) || response.body === null) return response;
  const reader = response.body.getReader();
  const guarded = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        log('ERROR', 'a response ended half way', errorFields(error));
        cutConnection();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(guarded, response);
}
