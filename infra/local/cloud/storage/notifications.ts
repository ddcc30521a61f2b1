/** Make, show, list and delete notification configurations. */

import { ApiError } from './api-error.ts';
import { requireStored } from './bucket-operations.ts';
import { mergePatch } from './merge-patch.ts';
import type { StoredNotification } from './notification-table.ts';
import { parseJsonObject } from './object-metadata.ts';
import { bodyText, type Call, show, showNothing } from './route.ts';

/** Throws an ApiError: 404, 400 without a topic. */
export async function insertNotification(call: Call): Promise<void> {
  const { notifications } = call.context;
  const resource = mergePatch({}, parseJsonObject(await bodyText(call)));
  const { name } = requireStored(call);
  if (typeof resource['topic'] !== 'string') throw new ApiError(400, 'required', 'Required: topic');
  const id = notifications.insert(name, resource);
  show(call, toResource(call, { id, resource }));
}

/** Throws an ApiError (404). */
export function getNotification(call: Call): void {
  const { name } = requireStored(call);
  const found = call.context.notifications.get(name, call.param('notification'));
  if (found === undefined) throw noSuchNotification();
  show(call, toResource(call, found));
}

/** Throws an ApiError (404). */
export function listNotifications(call: Call): void {
  const { name } = requireStored(call);
  const items = call.context.notifications.all(name).map((found) => toResource(call, found));
  show(call, { kind: 'storage#notifications', ...(items.length > 0 && { items }) });
}

/** Throws an ApiError (404). */
export function deleteNotification(call: Call): void {
  const { name } = requireStored(call);
  if (!call.context.notifications.delete(name, call.param('notification'))) throw noSuchNotification();
  showNothing(call);
}

function toResource(call: Call, { id, resource }: StoredNotification) {
  const selfLink = `${call.context.origin()}/storage/v1/b/${call.param('bucket')}/notificationConfigs/${id}`;
  return { payload_format: 'NONE', ...resource, kind: 'storage#notification', id, etag: id, selfLink };
}

const noSuchNotification = () =>
  new ApiError(404, 'notFound', 'There is no such notification configuration.');
