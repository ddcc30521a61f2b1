/** The storage part of the local cloud: Cloud Storage's JSON API over blobs on disk and SQLite. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import type { ObjectEvent } from '../events/object-event.ts';
import { ApiError, sendError } from './api-error.ts';
import { openBlobs } from './blobs.ts';
import { openBucketTable } from './bucket-table.ts';
import { checkBucketName } from './names.ts';
import { toObjectResource } from './object-resource.ts';
import { openObjectTable } from './object-table.ts';
import { drain } from './request-body.ts';
import type { StorageContext } from './storage-context.ts';
import { operate } from './storage-operations.ts';
import { parseStoragePath } from './storage-paths.ts';
import { openUploadSessions } from './upload-sessions.ts';

export interface StorageOptions {
  readonly state: DatabaseSync;
  /** Where blobs are kept. */
  readonly dir: string;
  readonly clock: Clock;
  /** Buckets to make where they do not exist. */
  readonly buckets: readonly string[];
  /** Told of every object that becomes live, inside the transaction that makes it so. */
  readonly onEvent: (event: ObjectEvent) => void;
  /** Where the server is reached; asked only while it serves. */
  readonly origin: () => string;
}

/** Opens what an earlier run left, without what a crash left half done. */
export async function createStorage(options: StorageOptions): Promise<{ api: Api }> {
  const { state, clock, origin, onEvent } = options;
  const buckets = openBucketTable(state, clock);
  for (const name of options.buckets) buckets.create(checkBucketName(name));
  const objects = openObjectTable({
    state,
    clock,
    onFinalized: (object) =>
      onEvent({
        type: 'google.cloud.storage.object.v1.finalized',
        bucket: object.bucket,
        object: toObjectResource(object, origin()),
        generation: String(object.generation),
      }),
  });
  const sessions = openUploadSessions(state, clock);
  sessions.expire();
  const blobs = openBlobs(join(options.dir, 'blobs'));
  await blobs.sweep((id) => objects.refersTo(id) || sessions.refersTo(id));
  const context: StorageContext = { buckets, objects, blobs, sessions, uploadsInProgress: new Set(), origin };
  return { api: (request, response, url) => serve(context, request, response, url) };
}

async function serve(
  context: StorageContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  try {
    const path = parseStoragePath(url.pathname);
    if (path === undefined) return false;
    await operate(context, path, request, response, url);
  } catch (error) {
    // Whoever went away hears no answer.
    if (request.errored !== null || response.errored !== null || response.destroyed) return true;
    if (!(error instanceof ApiError)) throw error;
    if (!(await drain(request))) return true;
    // What is left of an oversized body cannot be told from a next request.
    if (!request.complete) response.setHeader('connection', 'close');
    sendError(response, error);
  }
  return true;
}
