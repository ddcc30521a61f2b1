/** The object store on Cloud Storage, or on a server that speaks its JSON API, through Google's client. */

import {
  type Bucket,
  type File,
  type FileMetadata,
  IdempotencyStrategy,
  Storage,
} from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { RetryableError } from '../errors/retryable-error.ts';
import { type RunningCrc32c, startCrc32c } from './crc32c.ts';
import { type Media, openMedia } from './google-media.ts';
import { codeOf, toStorageError } from './google-storage-error.ts';
import {
  type CreateOptions,
  MAX_COMPOSE_SOURCES,
  type ObjectBody,
  type ObjectInfo,
  type ObjectStore,
  type OpenStore,
  type ReadOptions,
} from './object-store.ts';

export interface GoogleStoreOptions {
  /** Origin of a local cloud, which asks for no credentials; absent = Google, with its default credentials. */
  readonly endpoint?: string | undefined;
  readonly projectId?: string | undefined;
}

/** Stated always: the client would guess one from the name. */
const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/** What a page of a list is cut down to: a full resource is about 1 KB. */
const LISTED_FIELDS = 'name,generation,size,crc32c,contentType';

export function openGoogleStore({ endpoint, projectId }: GoogleStoreOptions): OpenStore {
  const storage = new Storage({
    ...(projectId !== undefined && { projectId }),
    ...(endpoint !== undefined && { apiEndpoint: endpoint, authClient: new PassThroughClient() }),
    // Every method of the port may be repeated; whether a create landed twice is told by its precondition.
    retryOptions: { idempotencyStrategy: IdempotencyStrategy.RetryAlways },
  });
  return (bucket, { userProject, withMetageneration = false } = {}) => {
    const media = openMedia(storage.authClient, storage.apiEndpoint, bucket, userProject);
    const opened = storage.bucket(bucket, userProject === undefined ? {} : { userProject });
    return createStore(opened, media, withMetageneration);
  };
}

function createStore(bucket: Bucket, media: Media, withMetageneration: boolean): ObjectStore {
  return {
    create: (name, body, options) => create(bucket, media, name, body, options),
    read: (name, options) => read(bucket, media, name, options),
    stat: (name) => stat(bucket.file(name)),
    list: (prefix) => list(bucket, prefix, withMetageneration),

    async delete(name, preconditions = {}) {
      try {
        await bucket.file(name).delete({ ignoreNotFound: true, ...preconditions });
      } catch (error) {
        throw toStorageError(error, name);
      }
    },

    async compose(target, sources, { contentType = DEFAULT_CONTENT_TYPE, ...preconditions } = {}) {
      if (sources.length < 1 || sources.length > MAX_COMPOSE_SOURCES) {
        throw new RangeError(`compose takes 1 to ${MAX_COMPOSE_SOURCES} sources, not ${sources.length}`);
      }
      const parts = sources.map(({ name, generation }) => bucket.file(name, { generation }));
      const file = bucket.file(target);
      file.metadata.contentType = contentType;
      try {
        const [, metadata] = await bucket.combine(parts, file, preconditions);
        return toInfo(metadata as FileMetadata);
      } catch (error) {
        throw toStorageError(error, codeOf(error) === 404 ? `a source of ${target}` : target);
      }
    },
  };
}

async function create(
  bucket: Bucket,
  media: Media,
  name: string,
  body: ObjectBody,
  { contentType = DEFAULT_CONTENT_TYPE, ...preconditions }: CreateOptions = {},
): Promise<ObjectInfo> {
  const checksum = startCrc32c();
  const resource = await media.upload(name, watched(body, checksum), { contentType, ...preconditions });
  const info = toInfo(resource as FileMetadata);
  if (info.crc32c === checksum.toBase64()) return info;
  const ifGenerationMatch = info.generation;
  await bucket
    .file(name)
    .delete({ ignoreNotFound: true, ifGenerationMatch })
    .catch(() => {});
  throw new RetryableError('storage-unavailable', `${name}: other bytes arrived than were sent`);
}

/** The same body, with its checksum taken as it is sent. */
function watched(body: ObjectBody, checksum: RunningCrc32c): ObjectBody {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = Buffer.from(body);
    checksum.update(bytes);
    return bytes;
  }
  return (async function* () {
    for await (const chunk of body) {
      checksum.update(chunk);
      yield chunk;
    }
  })();
}

async function* read(
  bucket: Bucket,
  media: Media,
  name: string,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const { generation, startByte = 0, endByteExclusive } = options;
  if (endByteExclusive === undefined || endByteExclusive > startByte) {
    yield* media.download(name, options);
    return;
  }
  // A range header cannot ask for nothing; whether the object exists is still to be found out.
  try {
    await bucket.file(name, generation === undefined ? {} : { generation }).getMetadata();
  } catch (error) {
    throw toStorageError(error, name);
  }
}

async function stat(file: File): Promise<ObjectInfo | undefined> {
  try {
    const [metadata] = await file.getMetadata();
    return toInfo(metadata);
  } catch (error) {
    if (codeOf(error) === 404) return undefined;
    throw toStorageError(error, file.name);
  }
}

async function* list(
  bucket: Bucket,
  prefix: string,
  withMetageneration: boolean,
): AsyncGenerator<ObjectInfo> {
  const fields = `nextPageToken,items(${LISTED_FIELDS}${withMetageneration ? ',metageneration' : ''})`;
  let query: object | null = { prefix, fields };
  while (query !== null) {
    // Said at every page: the client leaves it out of the next query, and would then gather all that is left.
    const page: [unknown[], object | null, unknown] = await bucket
      .getFiles({ ...query, autoPaginate: false })
      .catch((error: unknown) => {
        throw toStorageError(error, prefix);
      });
    // With `fields` the client gives the bare resources, not the File objects that its types promise.
    for (const resource of page[0]) {
      const { metageneration } = resource as FileMetadata;
      yield {
        ...toInfo(resource as FileMetadata),
        ...(withMetageneration && metageneration !== undefined && { metageneration: String(metageneration) }),
      };
    }
    query = page[1];
  }
}

function toInfo({ name, generation, size, crc32c: checksum, contentType }: FileMetadata): ObjectInfo {
  if (name === undefined || generation === undefined || size === undefined || checksum === undefined) {
    throw new RetryableError('storage-unavailable', 'storage answered without an object resource');
  }
  return { name, generation: String(generation), sizeBytes: Number(size), crc32c: checksum, contentType };
}
