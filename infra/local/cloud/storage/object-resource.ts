/** An object as Cloud Storage's JSON API shows it: 64-bit numbers are decimal strings. */

import { encodeCrc32c } from '../../../../shared/storage/crc32c.ts';
import type { ObjectMetadata } from './object-metadata.ts';
import type { StoredObject } from './stored-object.ts';

export interface ObjectResource extends Readonly<ObjectMetadata> {
  readonly kind: 'storage#object';
  /** `bucket/name/generation`. */
  readonly id: string;
  readonly selfLink: string;
  readonly mediaLink: string;
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly storageClass: NonNullable<ObjectMetadata['storageClass']>;
  readonly size: string;
  /** Base64 of the 16 bytes; absent for a composite object. */
  readonly md5Hash?: string;
  /** Base64 of the 4 bytes, big-endian. */
  readonly crc32c: string;
  readonly etag: string;
  /** Number of parts, for a composite object only. */
  readonly componentCount?: number;
  /** The hash of the customer's key, where the object was written with one. */
  readonly customerEncryption?: { readonly encryptionAlgorithm: 'AES256'; readonly keySha256: string };
  readonly timeCreated: string;
  readonly timeStorageClassUpdated: string;
  /** Of the deletion, in the event of one only. */
  readonly timeDeleted?: string;
  readonly updated: string;
}

/** @param origin where links point to, such as http://127.0.0.1:8788. */
export function toObjectResource(object: StoredObject, origin: string): ObjectResource {
  const { bucket, name, metadata, md5, componentCount } = object;
  const generation = String(object.generation);
  const path = `storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
  const timeCreated = new Date(object.createdMs).toISOString();
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${origin}/${path}`,
    mediaLink: `${origin}/download/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(object.metageneration),
    ...metadata,
    storageClass: metadata.storageClass ?? 'STANDARD',
    size: String(object.sizeBytes),
    ...(md5 !== undefined && { md5Hash: md5 }),
    crc32c: encodeCrc32c(object.crc32c),
    etag: etagOf(object),
    ...(componentCount !== undefined && { componentCount }),
    ...(object.customerKeySha256 !== undefined && {
      customerEncryption: { encryptionAlgorithm: 'AES256', keySha256: object.customerKeySha256 },
    }),
    timeCreated,
    timeStorageClassUpdated: timeCreated,
    updated: new Date(object.updatedMs).toISOString(),
  };
}

/** Changes with every generation and metageneration. */
export function etagOf({ generation, metageneration }: StoredObject): string {
  return Buffer.from(`${generation}/${metageneration}`).toString('base64');
}
