/** The path of a request as it was sent: a URL object would have resolved the dots that a name may hold. */

import type { IncomingMessage } from 'node:http';

/** Percent-encoded, without the query. A request to a proxy names the whole URL, of which this is the path. */
export function rawPathOf({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  const [path = '/'] = url.replace(/^https?:\/\/[^/?]*/i, '').split('?', 1);
  return path;
}
