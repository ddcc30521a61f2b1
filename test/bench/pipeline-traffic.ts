/** Counts what one function sends to and receives from the cloud in a real run: a proxy that it alone talks through. */

import { writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RegisteredFunction } from '../../infra/registry/registry.ts';

export interface Traffic {
  readonly requests: number;
  /** Of bodies, both ways. */
  readonly bytes: number;
  /** Of both, the contents of objects that hold records. */
  readonly recordBytes: number;
}

export interface TrafficProxy {
  /** The same function, which talks to the cloud through the proxy. */
  readonly redirect: (fn: RegisteredFunction) => Promise<RegisteredFunction>;
  readonly read: () => Traffic;
  readonly close: () => void;
}

/** Where the function tells the address of the cloud, which is not known before it starts. */
const TARGET_PATH = '/_bench/target';
const BASE = 'http://127.0.0.1';

/** @param dir for the script that redirects. */
export async function openTrafficProxy(dir: string): Promise<TrafficProxy> {
  const traffic = { requests: 0, bytes: 0, recordBytes: 0 };
  let target = BASE;
  const server = createServer((request, response) => {
    if (request.url === TARGET_PATH) {
      target = String(request.headers['x-target']);
      response.end();
      return;
    }
    traffic.requests += 1;
    const holdsRecords = movesRecords(request.url ?? '/');
    forward({ request, response, target }, (bytes) => {
      traffic.bytes += bytes;
      if (holdsRecords) traffic.recordBytes += bytes;
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin = `${BASE}:${(server.address() as AddressInfo).port}`;
  return {
    async redirect(fn) {
      const entry = join(dir, `${fn.name}-through-proxy.mjs`);
      await writeFile(entry, entryScript(origin, fn.entry));
      return { ...fn, entry };
    },
    read: () => ({ ...traffic }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Whether the content of a part, a tar or what they are joined through is read or written; joining them on the server is
 * not that. @param url path and query, of the JSON API.
 */
export function movesRecords(url: string): boolean {
  const { pathname, searchParams } = new URL(url, BASE);
  const isUpload = pathname.startsWith('/upload/');
  const isDownload = pathname.startsWith('/download/') || searchParams.get('alt') === 'media';
  if (!isUpload && !isDownload) return false;
  const inPath = decodeURIComponent(pathname.split('/o/')[1] ?? '');
  const name = searchParams.get('name') ?? inPath;
  return /\/(?:parts|compose)\/|\.(?:tar|parquet)$/.test(name);
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: string;
}

function forward({ request, response, target }: Exchange, count: (bytes: number) => void): void {
  const { method, headers, url = '/' } = request;
  const upstream = httpRequest(new URL(url, target), { method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('data', (chunk: Uint8Array) => count(chunk.byteLength));
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  // As if there were no proxy: the connection is cut, and the function tries again.
  upstream.on('error', () => response.destroy());
  response.on('close', () => upstream.destroy());
  request.on('data', (chunk: Uint8Array) => count(chunk.byteLength));
  request.pipe(upstream);
}

/** With nothing loaded that the function does not load itself: its memory is measured as well. */
function entryScript(origin: string, entry: string): string {
  return `import { get } from 'node:http';
const headers = { 'x-target': process.env.PILLBOX_CLOUD_ENDPOINT };
await new Promise((resolve, reject) => {
  get('${origin}${TARGET_PATH}', { headers, agent: false }, (answer) => answer.resume().on('end', resolve)).on('error', reject);
});
process.env.PILLBOX_CLOUD_ENDPOINT = '${origin}';
await import('${pathToFileURL(entry).href}');
`;
}
