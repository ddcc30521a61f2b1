/** The port to one bucket of immutable-by-convention objects; every pipeline step reads and writes through it. */

/** What is known of one generation of an object. */
export interface ObjectInfo {
  readonly name: string;
  /** Decimal string: generations exceed 2^53. */
  readonly generation: string;
  readonly sizeBytes: number;
  /** CRC32C (Castagnoli), big-endian, base64, as Cloud Storage reports it. */
  readonly crc32c: string;
  readonly contentType: string | undefined;
  /** Decimal string: which version of its metadata the generation has. In lists, and there only where it was asked for. */
  readonly metageneration?: string;
}

export interface CreateOptions {
  readonly contentType?: string;
  /** '0' = only if the object does not exist; a generation = only if that one is live; absent = overwrite. */
  readonly ifGenerationMatch?: string;
}

export interface ReadOptions {
  /** Absent = the live generation. */
  readonly generation?: string;
  /** First byte, 0 by default. */
  readonly startByte?: number;
  /** One past the last byte; absent = to the end. May lie beyond the object's end. */
  readonly endByteExclusive?: number;
  /** Told how many bytes come, before the first of them; where it throws, the read throws that and ends. */
  readonly onSize?: ((sizeBytes: number) => void | Promise<void>) | undefined;
}

/** A part of a composed object, pinned to the generation that was checked. */
export interface ComposeSource {
  readonly name: string;
  readonly generation: string;
}

export type ObjectBody = Uint8Array | string | AsyncIterable<Uint8Array>;

/** Cloud Storage joins at most this many sources in one compose call. */
export const MAX_COMPOSE_SOURCES = 32;

/**
 * One bucket. Every method may throw a RetryableError ('storage-unavailable') when the service does not answer, and a
 * StorageRefusedError when it answers that this caller may not: a bucket of somebody else, or a name that cannot be.
 * The contract suite in test/contracts holds for every adapter.
 */
export interface ObjectStore {
  /** Streams `body` into a new generation. Throws PreconditionFailedError, and then nothing was written. */
  create(name: string, body: ObjectBody, options?: CreateOptions): Promise<ObjectInfo>;
  /**
   * Streams bytes, in chunks that are the reader's own to change or to give back. Throws ObjectNotFoundError at the first
   * read when the object or generation is absent.
   */
  read(name: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** Undefined when there is no live generation. */
  stat(name: string): Promise<ObjectInfo | undefined>;
  /** All live objects whose name starts with `prefix`, in UTF-8 byte order, fetched page by page. */
  list(prefix: string): AsyncIterable<ObjectInfo>;
  /** Deletes the live generation; an absent object is no error. Throws PreconditionFailedError. */
  delete(name: string, options?: { readonly ifGenerationMatch?: string }): Promise<void>;
  /**
   * Joins 1 to 32 sources, in order, on the server; no byte passes through the caller.
   * Throws ObjectNotFoundError when a source generation is gone, PreconditionFailedError for the target.
   */
  compose(target: string, sources: readonly ComposeSource[], options?: CreateOptions): Promise<ObjectInfo>;
}

export interface OpenStoreOptions {
  /** The project that pays for every request, where the bucket's owner has it so ("requester pays"). */
  readonly userProject?: string | undefined;
  /** Lists tell the metageneration of each object. */
  readonly withMetageneration?: boolean;
}

/** Opens buckets by name; opening touches no network. */
export type OpenStore = (bucket: string, options?: OpenStoreOptions) => ObjectStore;
