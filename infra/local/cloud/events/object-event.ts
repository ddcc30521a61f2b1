/** What happened to an object: the news that storage records and the events API delivers. */

import type { ObjectResource } from '../storage/object-resource.ts';

export interface ObjectEvent {
  readonly type: 'google.cloud.storage.object.v1.finalized';
  readonly bucket: string;
  /** The object as the JSON API shows it. */
  readonly object: ObjectResource;
  /** Decimal string. */
  readonly generation: string;
}
