/** Make, show, list, change and delete buckets. */

import { ApiError, invalid, noSuchBucket } from './api-error.ts';
import { toBucketResource, writableSettings } from './bucket-resource.ts';
import type { StoredBucket } from './bucket-table.ts';
import { type JsonObject, mergePatch } from './merge-patch.ts';
import { checkBucketName } from './names.ts';
import { parseJsonObject } from './object-metadata.ts';
import { checkBeforeRead, checkBeforeWrite, readLong, readPreconditions } from './preconditions.ts';
import { bodyText, type Call, show, showNothing } from './route.ts';

const MAX_PAGE_ENTRIES = 1000;

/** Throws an ApiError: 409 for a bucket that exists, 400 for a wrong name. */
export async function insertBucket(call: Call): Promise<void> {
  const { buckets } = call.context;
  const resource = mergePatch({}, parseJsonObject(await bodyText(call)));
  const { name } = resource;
  if (typeof name !== 'string') throw invalid('name: expected a string');
  if (!buckets.create(checkBucketName(name), writableSettings(resource))) {
    throw new ApiError(
      409,
      'conflict',
      'Your previous request to create the named bucket succeeded and you already own it.',
    );
  }
  showBucket(call, requireStored(call, name));
}

/** Throws an ApiError: 404, and 412 or 304 for a precondition. */
export function getBucket(call: Call): void {
  const conditions = readPreconditions(call.query);
  const bucket = requireStored(call);
  checkBeforeRead(bucket, conditions);
  showBucket(call, bucket);
}

/** In the order of their names, page by page; the parameter `prefix` narrows it. Throws an ApiError (400). */
export function listBuckets(call: Call): void {
  const { buckets, origin } = call.context;
  const maxResults = readLong(call.query, 'maxResults') ?? MAX_PAGE_ENTRIES;
  if (maxResults < 1) throw invalid('Invalid value for maxResults: expected at least 1.');
  const token = call.query.get('pageToken') ?? '';
  if (!/^[\w-]*$/.test(token)) throw invalid('Invalid value for pageToken.');
  const fromName = Buffer.from(token, 'base64url').toString('utf8');
  const found = buckets.from(fromName, call.query.get('prefix') ?? '');
  const pageEntries = Math.min(maxResults, MAX_PAGE_ENTRIES);
  const next = found[pageEntries];
  show(call, {
    kind: 'storage#buckets',
    ...(next && { nextPageToken: Buffer.from(next.name).toString('base64url') }),
    items: found.slice(0, pageEntries).map((bucket) => toBucketResource(bucket, origin())),
  });
}

/** Merges the body in, null taking a setting away. Throws an ApiError: 404, 412, 400. */
export const patchBucket = (call: Call): Promise<void> =>
  changeBucket(call, (before, body) => mergePatch(before, body));

/** Puts the body in the place of all settings. Throws an ApiError: 404, 412, 400. */
export const updateBucket = (call: Call): Promise<void> =>
  changeBucket(call, (_before, body) => mergePatch({}, body));

/** Throws an ApiError: 404, 412 for a precondition, 409 while there are objects in it. */
export function deleteBucket(call: Call): void {
  const { buckets, objects, notifications } = call.context;
  const conditions = readPreconditions(call.query);
  const { name, metageneration } = requireStored(call);
  checkBeforeWrite({ metageneration }, conditions);
  for (const _object of objects.from(name, Buffer.alloc(0))) {
    throw new ApiError(409, 'conflict', 'The bucket you tried to delete is not empty.');
  }
  notifications.deleteAll(name);
  buckets.delete(name);
  showNothing(call);
}

/** Throws an ApiError (404). */
export function requireStored(call: Call, name = call.param('bucket')): StoredBucket {
  const bucket = call.context.buckets.get(name);
  if (bucket === undefined) throw noSuchBucket();
  return bucket;
}

/** Locks the retention policy, which is shown and not enforced. Throws an ApiError: 404, 412, 400 without a policy. */
export function lockRetentionPolicy(call: Call): void {
  const bucket = requireStored(call);
  if (!call.query.has('ifMetagenerationMatch')) {
    throw new ApiError(400, 'required', 'Required parameter: ifMetagenerationMatch');
  }
  checkBeforeWrite(bucket, readPreconditions(call.query));
  if (bucket.settings['retentionPolicy'] === undefined) throw invalid('The bucket has no retention policy.');
  const settings = mergePatch(bucket.settings, { retentionPolicy: { isLocked: true } });
  call.context.buckets.change(bucket.name, settings);
  showBucket(call, requireStored(call));
}

async function changeBucket(
  call: Call,
  next: (before: JsonObject, body: JsonObject) => JsonObject,
): Promise<void> {
  const conditions = readPreconditions(call.query);
  const body = writableSettings(parseJsonObject(await bodyText(call)));
  const bucket = requireStored(call);
  checkBeforeWrite(bucket, conditions);
  call.context.buckets.change(bucket.name, next(bucket.settings, body));
  showBucket(call, requireStored(call));
}

function showBucket(call: Call, bucket: StoredBucket): void {
  show(call, toBucketResource(bucket, call.context.origin()));
}
