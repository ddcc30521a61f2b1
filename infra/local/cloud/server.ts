/** The one HTTP server of the local cloud: each request goes to the first API that knows its path. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isLocalCaller } from '../local-caller.ts';
import type { Api } from './api.ts';
import { sendFailure } from './error-form.ts';
import { failureMessage, failureText, withFolder } from './folder-fault.ts';
import { rawPathOf } from './storage/raw-path.ts';

/** Local only: this server knows no credentials. */
const HOST = '127.0.0.1';

/** Longer than clients keep idle connections, so that they, not the server, end them: else a request meets a reset. */
const KEEP_ALIVE_MS = 75_000;

export interface CloudServer {
  /** Such as http://127.0.0.1:8788. */
  readonly origin: string;
  /** Stops listening and cuts the connections that are open. */
  close(): Promise<void>;
}

/** @param options.port 0 = any. Throws where the port is taken. */
export async function startServer(options: {
  port: number;
  apis: readonly Api[];
  log: (line: string) => void;
  /** The folder of the local cloud, for the words of a failure of it. */
  dir?: string;
}): Promise<CloudServer> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 0 }, (request, response) => {
    // What an object holds is no page of this origin's because a browser guesses so.
    response.setHeader('x-content-type-options', 'nosniff');
    answer(options.apis, request, response).catch((error: unknown) => {
      const failure = options.dir === undefined ? error : withFolder(error, options.dir);
      if (!response.headersSent) {
        sendFailure(response, rawPathOf(request), 500, failureMessage(error));
      } else if (!response.writableEnded) response.destroy();
      // Without the query, which holds names a log need not have.
      options.log(`${request.method} ${rawPathOf(request)}: ${failureText(failure)}`);
    });
  });
  server.listen(options.port, HOST);
  await once(server, 'listening');
  return {
    origin: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  apis: readonly Api[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isLocalCaller(request.headers)) {
    return sendFailure(response, rawPathOf(request), 403, 'The local cloud serves this machine only.');
  }
  const base = `http://${HOST}`;
  const url = URL.canParse(request.url ?? '/', base) ? new URL(request.url ?? '/', base) : undefined;
  if (url === undefined) return sendFailure(response, '/', 400, 'The URL is malformed.');
  for (const api of apis) {
    if (await api(request, response, url)) return;
  }
  sendFailure(response, rawPathOf(request), 404, `The local cloud serves no such path: ${url.pathname}`);
}
