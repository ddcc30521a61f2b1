/** The IAM policy of a bucket: kept and shown, and never enforced, as this server knows no callers. */

import { createHash } from 'node:crypto';
import { ApiError } from './api-error.ts';
import { requireStored } from './bucket-operations.ts';
import type { StoredBucket } from './bucket-table.ts';
import { mergePatch } from './merge-patch.ts';
import { parseJsonObject } from './object-metadata.ts';
import { bodyText, type Call, show } from './route.ts';

/** Throws an ApiError (404). */
export function getPolicy(call: Call): void {
  show(call, toPolicy(requireStored(call)));
}

/** Throws an ApiError: 404, 412 where the body's etag is of an earlier policy, 400. */
export async function setPolicy(call: Call): Promise<void> {
  const body = mergePatch({}, parseJsonObject(await bodyText(call)));
  const bucket = requireStored(call);
  const { etag, kind: _kind, resourceId: _resourceId, ...policy } = body;
  if (etag !== undefined && etag !== toPolicy(bucket).etag) {
    throw new ApiError(412, 'conditionNotMet', 'The policy has changed since it was read.');
  }
  call.context.buckets.setPolicy(bucket.name, policy);
  show(call, toPolicy(requireStored(call)));
}

/** Every caller has every permission. Throws an ApiError (404). */
export function testPermissions(call: Call): void {
  requireStored(call);
  show(call, {
    kind: 'storage#testIamPermissionsResponse',
    permissions: call.query.getAll('permissions'),
  });
}

function toPolicy({ name, policy = {} }: StoredBucket) {
  return {
    kind: 'storage#policy',
    resourceId: `projects/_/buckets/${name}`,
    version: 1,
    bindings: [],
    ...policy,
    etag: createHash('md5').update(JSON.stringify(policy)).digest('base64'),
  };
}
