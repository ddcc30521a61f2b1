/** What every operation of the storage API works on. */

import type { Clock } from '../clock.ts';
import { noSuchBucket, noSuchObject } from './api-error.ts';
import type { Blobs } from './blobs.ts';
import type { BucketTable } from './bucket-table.ts';
import type { HmacKeyTable } from './hmac-key-table.ts';
import type { NotificationTable } from './notification-table.ts';
import type { ObjectTable } from './object-table.ts';
import type { RetryTests } from './retry-tests.ts';
import type { StoredObject } from './stored-object.ts';
import type { UploadSessions } from './upload-sessions.ts';

export interface StorageContext {
  /** The folder of the local cloud. */
  readonly dir: string;
  readonly clock: Clock;
  readonly buckets: BucketTable;
  readonly notifications: NotificationTable;
  readonly hmacKeys: HmacKeyTable;
  readonly retryTests: RetryTests;
  readonly objects: ObjectTable;
  readonly blobs: Blobs;
  readonly sessions: UploadSessions;
  /** Ids of sessions that a request is writing to. */
  readonly uploadsInProgress: Set<string>;
  /** Where links in resources point to, such as http://127.0.0.1:8788. */
  readonly origin: () => string;
}

/** Throws an ApiError (404) where there is no such bucket. */
export function requireBucket({ buckets }: StorageContext, name: string): void {
  if (!buckets.has(name)) throw noSuchBucket();
}

/** The live object, of `generation` where one is given. Throws an ApiError (404). */
export function requireObject(
  context: StorageContext,
  bucket: string,
  name: string,
  generation: number | undefined,
): StoredObject {
  requireBucket(context, bucket);
  const live = context.objects.get(bucket, name);
  if (live === undefined || (generation !== undefined && generation !== live.generation)) {
    throw noSuchObject(bucket, name);
  }
  return live;
}
