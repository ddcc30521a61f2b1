/** The storage part of the local cloud: Cloud Storage's JSON and XML APIs over blobs on disk and SQLite. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Api } from '../api.ts';
import type { Clock } from '../clock.ts';
import type { ObjectEvent } from '../events/object-event.ts';
import { answerError } from './answer-error.ts';
import { ApiError, sendError } from './api-error.ts';
import { openBlobs } from './blobs.ts';
import { bucketRoutes } from './bucket-routes.ts';
import { openBucketTable } from './bucket-table.ts';
import { openHmacKeyTable } from './hmac-key-table.ts';
import { interruptCall } from './interruption.ts';
import { checkBucketName } from './names.ts';
import { openNotificationTable } from './notification-table.ts';
import { toObjectResource } from './object-resource.ts';
import { objectRoutes } from './object-routes.ts';
import { type ObjectChange, openObjectTable } from './object-table.ts';
import { rawPathOf } from './raw-path.ts';
import { retryRoutes } from './retry-routes.ts';
import { createRetryTests } from './retry-tests.ts';
import { createRouter, type Route } from './route.ts';
import type { StorageContext } from './storage-context.ts';
import type { StoredObject } from './stored-object.ts';
import { uploadRoutes } from './upload-routes.ts';
import { openUploadSessions } from './upload-sessions.ts';
import { serveXml } from './xml-api.ts';

export interface StorageOptions {
  readonly state: DatabaseSync;
  /** Where blobs are kept, and the service account's key file. */
  readonly dir: string;
  readonly clock: Clock;
  /** Buckets to make where they do not exist. */
  readonly buckets: readonly string[];
  /** Told of every change of an object, inside the transaction that makes it. */
  readonly onEvent: (event: ObjectEvent) => void;
  /** Where the server is reached; asked only while it serves. */
  readonly origin: () => string;
}

export interface StorageApis {
  readonly api: Api;
  /** Has paths of the form `/bucket/object`, so it comes last among the APIs of a server. */
  readonly xmlApi: Api;
}

const ROUTES: readonly Route[] = [...objectRoutes, ...uploadRoutes, ...bucketRoutes, ...retryRoutes];
const METHODS = new Set(ROUTES.map((route) => route.id));
const matchRoute = createRouter(ROUTES);

/** Opens what an earlier run left, without what a crash left half done. */
export async function createStorage(options: StorageOptions): Promise<StorageApis> {
  const { state, dir, clock, origin } = options;
  const buckets = openBucketTable(state, clock);
  for (const name of options.buckets) buckets.create(checkBucketName(name));
  const onChange = (change: ObjectChange, object: StoredObject) =>
    options.onEvent(toEvent(change, object, origin(), clock));
  const objects = openObjectTable({ state, clock, onChange });
  const sessions = openUploadSessions(state, clock);
  sessions.expire();
  const blobs = openBlobs(join(dir, 'blobs'));
  await blobs.sweep((id) => objects.refersTo(id) || sessions.refersTo(id));
  const context: StorageContext = {
    dir,
    clock,
    buckets,
    objects,
    blobs,
    sessions,
    notifications: openNotificationTable(state),
    hmacKeys: openHmacKeyTable(state, clock),
    retryTests: createRetryTests((method) => METHODS.has(method)),
    uploadsInProgress: new Set(),
    origin,
  };
  return {
    api: (request, response, url) => serve(context, request, response, url),
    xmlApi: (request, response, url) => serveXml(context, request, response, url),
  };
}

async function serve(
  context: StorageContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<boolean> {
  try {
    const match = matchRoute(methodOf(request), rawPathOf(request));
    if (match === 'no-such-path') return false;
    if (match === 'no-such-method') {
      throw new ApiError(405, 'methodNotAllowed', 'The method is not supported on this resource.');
    }
    const { route, params } = match;
    const interrupt = interruptCall(context.retryTests, route.id, request, response);
    if (interrupt === undefined) return true;
    const param = (name: string) => params.get(name) ?? '';
    const query = url.searchParams;
    await route.answer({ context, request, response, url, query, interrupt, param });
  } catch (error) {
    await answerError(error, request, response, sendError, context.dir);
  }
  return true;
}

/** Clients behind proxies that know no PATCH send it as a POST. */
function methodOf({ method, headers }: IncomingMessage): string | undefined {
  const override = [headers['x-http-method-override'] ?? []].flat()[0];
  return method === 'POST' && override !== undefined ? override.toUpperCase() : method;
}

function toEvent(change: ObjectChange, object: StoredObject, origin: string, clock: Clock): ObjectEvent {
  const resource = toObjectResource(object, origin);
  const timeDeleted = new Date(clock.now()).toISOString();
  return {
    type: `google.cloud.storage.object.v1.${change}`,
    bucket: object.bucket,
    object: change === 'deleted' ? { ...resource, timeDeleted } : resource,
    generation: String(object.generation),
  };
}
