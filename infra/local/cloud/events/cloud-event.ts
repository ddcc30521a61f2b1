/** An object event as a CloudEvent in binary mode: attributes in headers, the object's resource as the body. */

import { randomUUID } from 'node:crypto';
import type { ObjectEvent } from './object-event.ts';

const DELETED = 'google.cloud.storage.object.v1.deleted';

export interface CloudEvent {
  /** Stays the same when the event is delivered again. */
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** @param nowMs when a deletion happened; of the others, the object tells. */
export function toCloudEvent({ type, bucket, object }: ObjectEvent, nowMs: number): CloudEvent {
  const id = randomUUID();
  return {
    id,
    headers: {
      'ce-specversion': '1.0',
      'ce-id': id,
      'ce-type': type,
      'ce-source': `//storage.googleapis.com/projects/_/buckets/${bucket}`,
      'ce-subject': toHeaderValue(`objects/${object.name}`),
      'ce-time': type === DELETED ? new Date(nowMs).toISOString() : object.updated,
      'ce-bucket': bucket,
      'content-type': 'application/json',
    },
    body: Buffer.from(JSON.stringify(object)),
  };
}

/** Percent-encodes what the HTTP binding of CloudEvents says a header must not hold as it is. */
function toHeaderValue(text: string): string {
  return text.replace(/[^!#$&-~]+/gu, (run) =>
    Array.from(Buffer.from(run), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
