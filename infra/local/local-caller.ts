/** Who may call a server of the laptop: programs on it, but no page of the web that its browser shows. */

import type { IncomingHttpHeaders } from 'node:http';

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

type CallerHeaders = Pick<IncomingHttpHeaders, 'host' | 'origin' | 'sec-fetch-site'>;

/**
 * False for a name that someone made to resolve to this machine (DNS rebinding), and for what a page of another host
 * sends, also where its request names no origin, as a link or an image does. These servers know no credentials, and that they listen on 127.0.0.1 alone does not keep a browser out.
 */
export function isLocalCaller(headers: CallerHeaders): boolean {
  const { host, origin, 'sec-fetch-site': site } = headers;
  if (host === undefined || !LOCAL_HOST.test(host)) return false;
  // To a browser, localhost and 127.0.0.1 are two sites: a page that names its local origin may cross them.
  if (origin !== undefined) return LOCAL_HOST.test(origin.replace(/^https?:\/\//, ''));
  return site !== 'cross-site';
}
