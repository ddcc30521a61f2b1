/** Boxes for the tests of task queues: an HTTP server that notes every delivery and answers as it is told. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Delivery {
  readonly box: string;
  readonly path: string;
  readonly body: unknown;
  readonly atMs: number;
  readonly headers: IncomingMessage['headers'];
}

export interface Boxes {
  /** With `{box}`, as the environment of a box has it. */
  readonly boxUrl: string;
  readonly deliveries: readonly Delivery[];
  close(): Promise<void>;
}

/** @param respond answers the `count`-th delivery; without it all are answered 200. */
export async function startBoxes(
  respond: (response: ServerResponse, count: number) => void = (response) => response.end(),
): Promise<Boxes> {
  const deliveries: Delivery[] = [];
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    const [, box = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(request.url ?? '') ?? [];
    const { headers } = request;
    deliveries.push({ box, path, body: JSON.parse(text), atMs: Date.now(), headers });
    respond(response, deliveries.length);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    boxUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/{box}`,
    deliveries,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
