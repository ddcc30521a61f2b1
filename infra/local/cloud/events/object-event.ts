/** What happened to an object: the news that storage records and the events API delivers. */

import type { ObjectResource } from '../storage/object-resource.ts';

/** The types of Eventarc's direct events of Cloud Storage; `archived` is of versioned buckets alone. */
export const OBJECT_EVENT_TYPES = [
  'google.cloud.storage.object.v1.finalized',
  'google.cloud.storage.object.v1.deleted',
  'google.cloud.storage.object.v1.metadataUpdated',
  'google.cloud.storage.object.v1.archived',
] as const;

export type ObjectEventType = (typeof OBJECT_EVENT_TYPES)[number];

export interface ObjectEvent {
  readonly type: ObjectEventType;
  readonly bucket: string;
  /** The object as the JSON API shows it; of a deleted one, as it was shown last. */
  readonly object: ObjectResource;
  /** Decimal string. */
  readonly generation: string;
}
