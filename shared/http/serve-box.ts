/** Runs a box's app in Node as Cloud Run expects: listens on PORT, and on SIGTERM finishes what it has begun. */

import { serve } from '@hono/node-server';
import type { BoxApp } from './box-app.ts';
import type { Log } from './log.ts';

export interface ServeOptions {
  readonly port: number;
  readonly log: Log;
  /** Requests still running this long after SIGTERM are cut. Cloud Run itself kills after 10 s. */
  readonly drainMs?: number;
}

/** Resolves with the port once the server listens; the process ends by itself after SIGTERM. */
export function serveBox(app: BoxApp, { port, log, drainMs = 8_000 }: ServeOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port }, (address) => {
      log('INFO', 'listening', { port: address.port });
      resolve(address.port);
    });
    server.on('error', reject);
    process.once('SIGTERM', () => {
      log('INFO', 'draining');
      server.close(() => process.exit(0));
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      setTimeout(() => process.exit(0), drainMs).unref();
    });
  });
}
