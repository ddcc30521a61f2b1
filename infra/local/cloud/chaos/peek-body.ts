/** Looks at the body of a request that somebody else is going to read. */

import type { IncomingMessage } from 'node:http';

/** Puts the body, or one made of it, in the place of the request's own. */
export function replaceBody(
  request: IncomingMessage,
  change: (source: AsyncIterator<Buffer>) => AsyncGenerator<Buffer>,
): void {
  const body = change(request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>);
  // Whoever leaves it early, or asks for it twice, finds the rest there.
  const rest = { next: () => body.next(), [Symbol.asyncIterator]: () => rest };
  Object.assign(request, { iterator: () => rest, [Symbol.asyncIterator]: () => rest });
}

/**
 * Resolves with the body as far as `limitBytes`, about; whoever reads it after that gets all of it. Rejects when the client
 * goes away.
 */
export async function peekBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const source = request.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  let isOver = false;
  while (!isOver && sizeBytes < limitBytes) {
    const { done, value } = await source.next();
    isOver = done === true;
    if (isOver) break;
    chunks.push(value);
    sizeBytes += value.length;
  }
  const seen = Buffer.concat(chunks);
  replaceBody(request, async function* () {
    yield* chunks;
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
  });
  return seen;
}
