/** The operations on buckets, and on what belongs to a bucket or a project. */

import { notImplemented } from './api-error.ts';
import {
  deleteBucket,
  getBucket,
  insertBucket,
  listBuckets,
  lockRetentionPolicy,
  patchBucket,
  updateBucket,
} from './bucket-operations.ts';
import { getPolicy, setPolicy, testPermissions } from './bucket-policy.ts';
import { createHmacKey, deleteHmacKey, getHmacKey, listHmacKeys, updateHmacKey } from './hmac-keys.ts';
import {
  deleteNotification,
  getNotification,
  insertNotification,
  listNotifications,
} from './notifications.ts';
import { type Route, show } from './route.ts';
import { SERVICE_ACCOUNT_EMAIL, writeServiceAccountKey } from './service-account.ts';

const NOTIFICATIONS = 'b/{bucket}/notificationConfigs';
const HMAC_KEYS = 'projects/{project}/hmacKeys';

export const bucketRoutes: readonly Route[] = [
  { id: 'storage.buckets.list', method: 'GET', path: 'b', answer: listBuckets },
  { id: 'storage.buckets.insert', method: 'POST', path: 'b', answer: insertBucket },
  { id: 'storage.buckets.get', method: 'GET', path: 'b/{bucket}', answer: getBucket },
  { id: 'storage.buckets.patch', method: 'PATCH', path: 'b/{bucket}', answer: patchBucket },
  { id: 'storage.buckets.update', method: 'PUT', path: 'b/{bucket}', answer: updateBucket },
  { id: 'storage.buckets.delete', method: 'DELETE', path: 'b/{bucket}', answer: deleteBucket },
  {
    id: 'storage.buckets.lockRetentionPolicy',
    method: 'POST',
    path: 'b/{bucket}/lockRetentionPolicy',
    answer: lockRetentionPolicy,
  },
  { id: 'storage.buckets.getIamPolicy', method: 'GET', path: 'b/{bucket}/iam', answer: getPolicy },
  { id: 'storage.buckets.setIamPolicy', method: 'PUT', path: 'b/{bucket}/iam', answer: setPolicy },
  {
    id: 'storage.buckets.testIamPermissions',
    method: 'GET',
    path: 'b/{bucket}/iam/testPermissions',
    answer: testPermissions,
  },
  { id: 'storage.notifications.list', method: 'GET', path: NOTIFICATIONS, answer: listNotifications },
  { id: 'storage.notifications.insert', method: 'POST', path: NOTIFICATIONS, answer: insertNotification },
  {
    id: 'storage.notifications.get',
    method: 'GET',
    path: `${NOTIFICATIONS}/{notification}`,
    answer: getNotification,
  },
  {
    id: 'storage.notifications.delete',
    method: 'DELETE',
    path: `${NOTIFICATIONS}/{notification}`,
    answer: deleteNotification,
  },
  { id: 'storage.hmacKey.list', method: 'GET', path: HMAC_KEYS, answer: listHmacKeys },
  { id: 'storage.hmacKey.create', method: 'POST', path: HMAC_KEYS, answer: createHmacKey },
  { id: 'storage.hmacKey.get', method: 'GET', path: `${HMAC_KEYS}/{accessId}`, answer: getHmacKey },
  { id: 'storage.hmacKey.update', method: 'PUT', path: `${HMAC_KEYS}/{accessId}`, answer: updateHmacKey },
  { id: 'storage.hmacKey.delete', method: 'DELETE', path: `${HMAC_KEYS}/{accessId}`, answer: deleteHmacKey },
  {
    id: 'storage.serviceaccount.get',
    method: 'GET',
    path: 'projects/{project}/serviceAccount',
    answer: (call) => show(call, { kind: 'storage#serviceAccount', email_address: SERVICE_ACCOUNT_EMAIL }),
  },
  {
    id: 'pillbox.serviceAccountKey.create',
    method: 'POST',
    path: '_pillbox/serviceAccountKey',
    answer: async (call) => show(call, await writeServiceAccountKey(call.context.dir, call.context.origin())),
  },
  {
    // Some clients ask for a token before anything else, though every call is taken without one.
    id: 'pillbox.token.create',
    method: 'POST',
    path: '_pillbox/token',
    answer: (call) => show(call, { access_token: 'pillbox-local', expires_in: 3600, token_type: 'Bearer' }),
  },
  ...accessControlRoutes('storage.bucket_acl', 'b/{bucket}/acl'),
  ...accessControlRoutes('storage.default_object_acl', 'b/{bucket}/defaultObjectAcl'),
  ...accessControlRoutes('storage.object_acl', 'b/{bucket}/o/{object}/acl'),
];

/** They have names, so that a retry test can make them fail; without one they answer 501. */
function accessControlRoutes(resource: string, path: string): Route[] {
  const answer = () => {
    throw notImplemented('access control lists');
  };
  const entity = `${path}/{entity}`;
  return [
    { id: `${resource}.list`, method: 'GET', path, answer },
    { id: `${resource}.insert`, method: 'POST', path, answer },
    { id: `${resource}.get`, method: 'GET', path: entity, answer },
    { id: `${resource}.update`, method: 'PUT', path: entity, answer },
    { id: `${resource}.patch`, method: 'PATCH', path: entity, answer },
    { id: `${resource}.delete`, method: 'DELETE', path: entity, answer },
  ];
}
