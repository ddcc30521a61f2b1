/** Compose: a new object from the segments of up to 32 others; no byte is copied. */

import * as z from 'zod';
import { combineCrc32c } from '../../../../shared/storage/combine-crc32c.ts';
import { invalid, noSuchObject } from './api-error.ts';
import { checkCustomerKey } from './customer-key.ts';
import { mergePatch } from './merge-patch.ts';
import { checkObjectName } from './names.ts';
import { checkNotHeld } from './object-hold.ts';
import { metadataOf, parseJson } from './object-metadata.ts';
import { checkBeforeWrite, readPreconditions } from './preconditions.ts';
import { requireBucket, type StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';

/** Cloud Storage's limit. */
const MAX_SOURCES = 32;

const generation = z.union([z.int().min(0), z.string().regex(/^\d{1,19}$/)]).transform(Number);

const bodySchema = z.object({
  destination: z.record(z.string(), z.unknown()).optional(),
  sourceObjects: z
    .array(
      z.object({
        name: z.string(),
        // Python's client says null where it means nothing.
        generation: generation.nullish(),
        objectPreconditions: z.object({ ifGenerationMatch: generation.nullish() }).nullish(),
      }),
    )
    .min(1),
});

type Source = z.infer<typeof bodySchema>['sourceObjects'][number];

/** Throws an ApiError: 404 for a source generation that is gone, 412 for a precondition, 400 for a wrong request. */
export async function composeObject(
  context: StorageContext,
  target: { readonly bucket: string; readonly name: string },
  query: URLSearchParams,
  body: string,
  customerKeySha256?: string,
): Promise<StoredObject> {
  const { objects, blobs } = context;
  const { bucket } = target;
  const name = checkObjectName(target.name);
  const { destination, sourceObjects } = parseJson(bodySchema, body);
  if (sourceObjects.length > MAX_SOURCES) {
    throw invalid(
      `The number of source components provided (${sourceObjects.length}) exceeds the maximum (${MAX_SOURCES}).`,
    );
  }
  const conditions = readPreconditions(query);
  const metadata = metadataOf(mergePatch({}, destination ?? {}));
  const { object, orphans } = objects.put(() => {
    requireBucket(context, bucket);
    const sources = sourceObjects.map((source) => requireSource(context, bucket, source));
    for (const source of sources) checkCustomerKey(source.customerKeySha256, customerKeySha256);
    const live = objects.get(bucket, name);
    checkBeforeWrite(live, conditions);
    checkNotHeld(live);
    return {
      object: { bucket, name, metadata, md5: undefined, customerKeySha256, ...join(sources) },
      segments: sources.flatMap((source) => objects.segments(source.generation)),
    };
  });
  await blobs.remove(orphans);
  return object;
}

function requireSource({ objects }: StorageContext, bucket: string, source: Source): StoredObject {
  const live = objects.get(bucket, source.name);
  const wanted = source.generation ?? live?.generation;
  if (live === undefined || live.generation !== wanted) throw noSuchObject(bucket, source.name);
  checkBeforeWrite(live, { ifGenerationMatch: source.objectPreconditions?.ifGenerationMatch ?? undefined });
  return live;
}

function join(sources: readonly StoredObject[]) {
  return {
    sizeBytes: sources.reduce((sum, source) => sum + source.sizeBytes, 0),
    crc32c: sources.reduce((crc, source) => combineCrc32c(crc, source.crc32c, source.sizeBytes), 0),
    componentCount: sources.reduce((count, source) => count + (source.componentCount ?? 1), 0),
  };
}
