/** Make, show, list, switch off and delete HMAC keys. */

import * as z from 'zod';
import { ApiError, invalid } from './api-error.ts';
import type { HmacKey } from './hmac-key-table.ts';
import { parseJson } from './object-metadata.ts';
import { bodyText, type Call, show, showNothing } from './route.ts';

const stateSchema = z.object({ state: z.enum(['ACTIVE', 'INACTIVE']), etag: z.string().optional() });

/** The only answer that holds the secret. Throws an ApiError (400) without an address of a service account. */
export function createHmacKey(call: Call): void {
  const email = call.query.get('serviceAccountEmail') ?? '';
  if (email === '') throw new ApiError(400, 'required', 'Required parameter: serviceAccountEmail');
  const key = call.context.hmacKeys.create(call.param('project'), email);
  show(call, { kind: 'storage#hmacKey', metadata: toMetadata(call, key), secret: key.secret });
}

/** Throws an ApiError (404). */
export function getHmacKey(call: Call): void {
  show(call, toMetadata(call, requireKey(call)));
}

/** All of a project in one page, or those of the parameter `serviceAccountEmail`. */
export function listHmacKeys(call: Call): void {
  const email = call.query.get('serviceAccountEmail');
  const keys = call.context.hmacKeys.all(call.param('project'));
  const items = keys
    .filter((key) => email === null || key.serviceAccountEmail === email)
    .map((key) => toMetadata(call, key));
  show(call, { kind: 'storage#hmacKeysMetadata', items });
}

/** Throws an ApiError: 404, 412 where the body's etag is of an earlier state, 400. */
export async function updateHmacKey(call: Call): Promise<void> {
  const { state, etag } = parseJson(stateSchema, await bodyText(call));
  const key = requireKey(call);
  if (etag !== undefined && etag !== etagOf(key)) {
    throw new ApiError(412, 'conditionNotMet', 'The key has changed since it was read.');
  }
  call.context.hmacKeys.setState(key.accessId, state);
  show(call, toMetadata(call, requireKey(call)));
}

/** Throws an ApiError: 404, 400 while the key is active. */
export function deleteHmacKey(call: Call): void {
  const { accessId, state } = requireKey(call);
  if (state === 'ACTIVE') throw invalid('Cannot delete an active key.');
  call.context.hmacKeys.delete(accessId);
  showNothing(call);
}

function requireKey(call: Call): HmacKey {
  const key = call.context.hmacKeys.get(call.param('accessId'));
  if (key === undefined || key.projectId !== call.param('project')) {
    throw new ApiError(404, 'notFound', 'Access ID not found in project.');
  }
  return key;
}

function toMetadata({ context }: Call, key: HmacKey) {
  const { accessId, projectId, serviceAccountEmail, state } = key;
  return {
    kind: 'storage#hmacKeyMetadata',
    id: `${projectId}/${accessId}`,
    selfLink: `${context.origin()}/storage/v1/projects/${projectId}/hmacKeys/${accessId}`,
    accessId,
    projectId,
    serviceAccountEmail,
    state,
    timeCreated: new Date(key.createdMs).toISOString(),
    updated: new Date(key.updatedMs).toISOString(),
    etag: etagOf(key),
  };
}

const etagOf = ({ state, updatedMs }: HmacKey) => Buffer.from(`${state}/${updatedMs}`).toString('base64');
