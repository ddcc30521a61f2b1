/**
 * Object bytes to and from Cloud Storage, through Google's HTTP client rather than the storage client's streams: those
 * destroy the connection pool of the whole process when one read ends early, and leave the request of an upload open
 * when its source fails.
 */

import { Readable } from 'node:stream';
import type { GoogleAuth } from 'google-auth-library';
import { RetryableError } from '../errors/retryable-error.ts';
import { startCrc32c } from './crc32c.ts';
import { codeOf, toStorageError } from './google-storage-error.ts';
import type { CreateOptions, ObjectBody, ReadOptions } from './object-store.ts';

export interface Media {
  /** Resolves to the object resource that the server answers with. Throws as the port's `create`. */
  upload(name: string, body: ObjectBody, options: CreateOptions & { contentType: string }): Promise<unknown>;
  /** The bytes of a non-empty range; nothing where it begins behind the end. Throws as the port's `read`. */
  download(name: string, options: ReadOptions): AsyncIterable<Uint8Array>;
}

/** Reads may be repeated until the first byte; so may an upload that is at hand as a whole. */
const RETRY = { retry: 3, httpMethodsToRetry: ['GET', 'POST'] };

/** @param apiEndpoint origin of the service, such as https://storage.googleapis.com. */
export function openMedia(auth: GoogleAuth, apiEndpoint: string, bucket: string): Media {
  const path = `storage/v1/b/${encodeURIComponent(bucket)}/o`;

  async function upload(name: string, body: ObjectBody, options: CreateOptions & { contentType: string }) {
    const isWhole = typeof body === 'string' || body instanceof Uint8Array;
    let sourceFailure: { readonly error: unknown } | undefined;
    const params = { uploadType: 'media', name, ...withoutContentType(options) };
    try {
      const { data } = await auth.request({
        method: 'POST',
        url: `${apiEndpoint}/upload/${path}`,
        params,
        headers: { 'content-type': options.contentType },
        data: isWhole ? Buffer.from(body) : Readable.from(watched(body)),
        responseType: 'json',
        ...(isWhole ? { retryConfig: RETRY } : { retry: false }),
      });
      return data;
    } catch (error) {
      throw sourceFailure === undefined ? toStorageError(error, name) : sourceFailure.error;
    }

    /** The client wraps what the source throws in an error of its own. */
    async function* watched(source: AsyncIterable<Uint8Array>) {
      try {
        yield* source;
      } catch (error) {
        sourceFailure = { error };
        throw error;
      }
    }
  }

  async function* download(name: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
    const { generation, startByte = 0, endByteExclusive } = options;
    const isWhole = startByte === 0 && endByteExclusive === undefined;
    const lastByte = endByteExclusive === undefined ? '' : endByteExclusive - 1;
    const request = {
      url: `${apiEndpoint}/${path}/${encodeURIComponent(name)}`,
      params: { alt: 'media', ...(generation !== undefined && { generation }) },
      // The bytes as they are stored: sizes, ranges and checksums are of those.
      headers: { 'accept-encoding': 'gzip', ...(!isWhole && { range: `bytes=${startByte}-${lastByte}` }) },
      // Of node-fetch; its types are not those of GaxiosOptions.
      compress: false,
      responseType: 'stream' as const,
      retryConfig: RETRY,
    };
    try {
      const response = await auth.request<Readable>(request);
      yield* verified(response.data, response.headers, isWhole);
    } catch (error) {
      if (!isWhole && codeOf(error) === 416) return;
      throw toStorageError(error, name);
    }
  }

  return { upload, download };
}

function withoutContentType({ ifGenerationMatch }: CreateOptions) {
  return ifGenerationMatch === undefined ? {} : { ifGenerationMatch };
}

/** Throws a RetryableError at the end where bytes are missing, or are not those that were stored. */
async function* verified(body: Readable, headers: Headers, isWhole: boolean): AsyncGenerator<Uint8Array> {
  const checksum = startCrc32c();
  const wantedBytes = headers.get('content-length');
  const wantedChecksum = isWhole ? /crc32c=([^,\s]+)/.exec(headers.get('x-goog-hash') ?? '')?.[1] : undefined;
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (wantedChecksum !== undefined) checksum.update(chunk);
    yield chunk;
  }
  const isCut = wantedBytes !== null && Number(wantedBytes) !== sizeBytes;
  if (isCut || (wantedChecksum !== undefined && checksum.toBase64() !== wantedChecksum)) {
    throw new RetryableError('storage-unavailable', 'storage sent other bytes than it announced');
  }
}
