/** Who may call a server of the laptop: programs on it, but no page of the web that its browser shows. */

import type { IncomingHttpHeaders } from 'node:http';

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/**
 * False for a name that someone made to resolve to this machine (DNS rebinding), and for what a page of another host
 * sends. These servers know no credentials, and that they listen on 127.0.0.1 alone does not keep a browser out.
 */
export function isLocalCaller({ host, origin }: Pick<IncomingHttpHeaders, 'host' | 'origin'>): boolean {
  if (host === undefined || !LOCAL_HOST.test(host)) return false;
  return origin === undefined || LOCAL_HOST.test(origin.replace(/^https?:\/\//, ''));
}
