/** An object store in memory, with all that the port promises, for tests of what stands on it. */

import { crc32c } from '@node-rs/crc32';
import { encodeCrc32c } from './crc32c.ts';
import {
  type CreateOptions,
  MAX_COMPOSE_SOURCES,
  type ObjectBody,
  type ObjectInfo,
  type ObjectStore,
} from './object-store.ts';
import { ObjectNotFoundError, PreconditionFailedError } from './storage-errors.ts';

/** Small, so that code which takes a chunk for the whole object is found out. */
const READ_CHUNK_BYTES = 1024;

interface StoredObject {
  readonly info: ObjectInfo;
  readonly bytes: Buffer;
}

export function createMemoryStore(): ObjectStore {
  const live = new Map<string, StoredObject>();
  let lastGeneration = 1_700_000_000_000_000;

  function requireGeneration(name: string, generation: string | undefined): StoredObject {
    const object = live.get(name);
    if (object === undefined || (generation !== undefined && generation !== object.info.generation)) {
      throw new ObjectNotFoundError(name);
    }
    return object;
  }

  function check(name: string, ifGenerationMatch: string | undefined): void {
    const generation = live.get(name)?.info.generation ?? '0';
    if (ifGenerationMatch !== undefined && ifGenerationMatch !== generation) {
      throw new PreconditionFailedError(name);
    }
  }

  function put(name: string, bytes: Buffer, options: CreateOptions): ObjectInfo {
    check(name, options.ifGenerationMatch);
    lastGeneration += 1;
    const info: ObjectInfo = {
      name,
      generation: String(lastGeneration),
      sizeBytes: bytes.byteLength,
      crc32c: encodeCrc32c(crc32c(bytes)),
      contentType: options.contentType ?? 'application/octet-stream',
    };
    live.set(name, { info, bytes });
    return info;
  }

  return {
    create: async (name, body, options = {}) => put(name, await collect(body), options),

    async *read(name, { generation, startByte = 0, endByteExclusive, onSize } = {}) {
      const { bytes } = requireGeneration(name, generation);
      const end = Math.min(endByteExclusive ?? bytes.byteLength, bytes.byteLength);
      if (startByte < end) await onSize?.(end - startByte);
      for (let at = startByte; at < end; at += READ_CHUNK_BYTES) {
        // A copy: nobody who changes what was read changes the object.
        yield Buffer.from(bytes.subarray(at, Math.min(at + READ_CHUNK_BYTES, end)));
      }
    },

    stat: async (name) => live.get(name)?.info,

    async *list(prefix) {
      const names = [...live.keys()].filter((name) => name.startsWith(prefix));
      for (const name of names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
        const object = live.get(name);
        if (object !== undefined) yield object.info;
      }
    },

    async delete(name, { ifGenerationMatch } = {}) {
      if (!live.has(name)) return;
      check(name, ifGenerationMatch);
      live.delete(name);
    },

    async compose(target, sources, options = {}) {
      if (sources.length < 1 || sources.length > MAX_COMPOSE_SOURCES) {
        throw new RangeError(`compose takes 1 to ${MAX_COMPOSE_SOURCES} sources, not ${sources.length}`);
      }
      const parts = sources.map(({ name, generation }) => requireGeneration(name, generation).bytes);
      return put(target, Buffer.concat(parts), options);
    },
  };
}

async function collect(body: ObjectBody): Promise<Buffer> {
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}
