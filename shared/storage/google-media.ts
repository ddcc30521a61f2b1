/**
 * Object bytes to and from Cloud Storage. Not through the storage client's streams: those destroy the connection pool of
 * the whole process when one read ends early, and leave the request of an upload open when its source fails.
 */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GoogleAuth } from 'google-auth-library';
import { RetryableError } from '../errors/retryable-error.ts';
import { startCrc32c } from './crc32c.ts';
import { codeOf, toStorageError } from './google-storage-error.ts';
import { type Exchange, exchange } from './http-exchange.ts';
import type { CreateOptions, ObjectBody, ReadOptions } from './object-store.ts';

export interface Media {
  /** Resolves to the object resource that the server answers with. Throws as the port's `create`. */
  upload(name: string, body: ObjectBody, options: CreateOptions & { contentType: string }): Promise<unknown>;
  /** The bytes of a non-empty range; nothing where it begins behind the end. Throws as the port's `read`. */
  download(name: string, options: ReadOptions): AsyncIterable<Uint8Array>;
}

/** Reads may be repeated until the first byte; so may an upload that is at hand as a whole. */
const RETRIES = 3;
const FIRST_PAUSE_MS = 100;
/** An object resource has a kilobyte or two. */
const RESOURCE_LIMIT_BYTES = 1024 * 1024;

/**
 * @param apiEndpoint origin of the service, such as https://storage.googleapis.com.
 * @param userProject who pays; absent = the owner of the bucket.
 */
export function openMedia(
  auth: GoogleAuth,
  apiEndpoint: string,
  bucket: string,
  userProject?: string | undefined,
): Media {
  const path = `storage/v1/b/${encodeURIComponent(bucket)}/o`;
  const payer = userProject === undefined ? {} : { userProject };

  async function authorized({ headers, ...request }: Exchange): Promise<IncomingMessage> {
    const credentials = await auth.getRequestHeaders(request.url.href).catch((cause: unknown) => {
      // What whoever gives out tokens answers says nothing of the object.
      throw new RetryableError('storage-unavailable', 'no token could be had for storage', { cause });
    });
    return exchange({ ...request, headers: { ...headers, ...Object.fromEntries(credentials) } });
  }

  async function upload(
    name: string,
    body: ObjectBody,
    { contentType, ifGenerationMatch }: CreateOptions & { contentType: string },
  ) {
    const isWhole = typeof body === 'string' || body instanceof Uint8Array;
    const request: Exchange = {
      method: 'POST',
      url: urlOf(`${apiEndpoint}/upload/${path}`, { uploadType: 'media', name, ...payer, ifGenerationMatch }),
      headers: { 'content-type': contentType },
      body,
    };
    try {
      return await readResource(await (isWhole ? retried(() => authorized(request)) : authorized(request)));
    } catch (error) {
      throw toStorageError(error, name);
    }
  }

  async function* download(name: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
    const { generation, startByte = 0, endByteExclusive, onSize } = options;
    const isWhole = startByte === 0 && endByteExclusive === undefined;
    const lastByte = endByteExclusive === undefined ? '' : endByteExclusive - 1;
    const request: Exchange = {
      method: 'GET',
      url: urlOf(`${apiEndpoint}/${path}/${encodeURIComponent(name)}`, {
        alt: 'media',
        ...payer,
        generation,
      }),
      // The bytes as they are stored: sizes, ranges and checksums are of those.
      headers: { 'accept-encoding': 'gzip', ...(!isWhole && { range: `bytes=${startByte}-${lastByte}` }) },
    };
    let unwanted: { readonly error: unknown } | undefined;
    const tell = async (sizeBytes: number): Promise<void> => {
      try {
        await onSize?.(sizeBytes);
      } catch (error) {
        unwanted = { error };
        throw error;
      }
    };
    try {
      const answer = await retried(() => authorized(request));
      yield* verified(answer, { isWhole, onSize: tell });
    } catch (error) {
      if (unwanted !== undefined) throw unwanted.error;
      if (!isWhole && codeOf(error) === 416) return;
      throw toStorageError(error, name);
    }
  }

  return { upload, download };
}

function urlOf(address: string, parameters: Readonly<Record<string, string | undefined>>): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return url;
}

/** Pauses are twice as long each time, and never quite the same: many boxes may be waiting for the same service. */
async function retried<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  for (let retry = 0; ; retry++) {
    try {
      return await send();
    } catch (error) {
      if (retry === RETRIES || !(toStorageError(error, '') instanceof RetryableError)) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** retry * (0.5 + Math.random()));
    }
  }
}

async function readResource(answer: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > RESOURCE_LIMIT_BYTES) break;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RetryableError('storage-unavailable', 'storage answered without an object resource');
  }
}

/** Throws a RetryableError at the end where bytes are missing, or are not those that were stored. */
async function* verified(
  answer: IncomingMessage,
  { isWhole, onSize }: { isWhole: boolean; onSize: (sizeBytes: number) => Promise<void> },
): AsyncGenerator<Uint8Array> {
  const wantedBytes = Number(answer.headers['content-length'] ?? Number.NaN);
  const wantedChecksum = isWhole ? storedChecksum(answer.headers) : undefined;
  const checksum = startCrc32c();
  let sizeBytes = 0;
  try {
    if (Number.isInteger(wantedBytes)) await onSize(wantedBytes);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (wantedChecksum !== undefined) checksum.update(chunk);
      yield chunk;
    }
  } finally {
    // A read that is left takes its connection with it, and no other.
    if (!answer.readableEnded) answer.destroy();
  }
  const isCut = Number.isInteger(wantedBytes) && wantedBytes !== sizeBytes;
  if (isCut || (wantedChecksum !== undefined && checksum.toBase64() !== wantedChecksum)) {
    throw new RetryableError('storage-unavailable', 'storage sent other bytes than it announced');
  }
}

function storedChecksum(headers: IncomingHttpHeaders): string | undefined {
  const hashes = headers['x-goog-hash'];
  return /crc32c=([^,\s]+)/.exec(Array.isArray(hashes) ? hashes.join() : (hashes ?? ''))?.[1];
}
