/** What the local cloud keeps of one generation of an object. */

import type { ObjectMetadata } from './object-metadata.ts';

/** A stretch of an object's bytes: a whole blob. A composed object shares the blobs of its sources. */
export interface Segment {
  readonly blobId: string;
  readonly sizeBytes: number;
}

export interface StoredObject {
  readonly bucket: string;
  readonly name: string;
  /** Microseconds since the epoch when it was made, or a little later: strictly increasing over all objects. */
  readonly generation: number;
  readonly metageneration: number;
  readonly sizeBytes: number;
  readonly crc32c: number;
  /** Base64; undefined for a composite object. */
  readonly md5: string | undefined;
  /** Number of parts of a composite object; undefined for any other. */
  readonly componentCount: number | undefined;
  readonly metadata: ObjectMetadata;
  /** Base64; undefined where the object was written without a customer's key. */
  readonly customerKeySha256: string | undefined;
  readonly createdMs: number;
  /** When the metadata last changed. */
  readonly updatedMs: number;
}

/** An object that is about to be stored. */
export type NewObject = Omit<StoredObject, 'generation' | 'metageneration' | 'createdMs' | 'updatedMs'>;

type Row = Readonly<Record<string, unknown>>;

export function fromObjectRow(row: Row): StoredObject {
  const {
    bucket,
    name,
    generation,
    metageneration,
    size,
    crc32c,
    md5,
    component_count,
    metadata,
    created_ms,
    updated_ms,
    customer_key_sha256,
  } = row;
  return {
    bucket: String(bucket),
    name: Buffer.from(name as Uint8Array).toString('utf8'),
    generation: Number(generation),
    metageneration: Number(metageneration),
    sizeBytes: Number(size),
    crc32c: Number(crc32c),
    md5: md5 === null ? undefined : String(md5),
    componentCount: component_count === null ? undefined : Number(component_count),
    metadata: JSON.parse(String(metadata)) as ObjectMetadata,
    customerKeySha256: customer_key_sha256 === null ? undefined : String(customer_key_sha256),
    createdMs: Number(created_ms),
    updatedMs: Number(updated_ms ?? created_ms),
  };
}

/** The values of an `objects` row, in the order of its columns. */
export function toObjectRow(object: StoredObject) {
  return [
    object.bucket,
    Buffer.from(object.name),
    object.generation,
    object.metageneration,
    object.sizeBytes,
    object.crc32c,
    object.md5 ?? null,
    object.componentCount ?? null,
    JSON.stringify(object.metadata),
    object.createdMs,
    object.updatedMs,
    object.customerKeySha256 ?? null,
  ];
}
