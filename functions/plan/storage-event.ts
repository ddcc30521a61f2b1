/** The event that starts a job: a CloudEvent in binary mode, saying that jobs/<job>/job.json was written. */

import * as z from 'zod';
import type { JobRef } from '../../shared/pipeline/stage-tasks.ts';

const FINALIZED = 'google.cloud.storage.object.v1.finalized';

/** Cloud Storage sends the object's metadata, custom ones included. */
export const EVENT_LIMIT_BYTES = 64 * 1024;

const objectSchema = z.object({
  bucket: z.string().min(1),
  name: z.string(),
  generation: z.union([z.string().regex(/^\d+$/), z.int().transform(String)]),
});

/**
 * The job that the event starts; its folder's name is not checked yet. Undefined for any other event: another type,
 * another object, or not an object at all.
 */
export function parseJobEvent(headers: Headers, body: unknown): JobRef | undefined {
  if (headers.get('ce-type') !== FINALIZED) return undefined;
  const object = objectSchema.safeParse(body);
  if (!object.success) return undefined;
  const { bucket, name, generation } = object.data;
  if (headers.get('ce-subject') !== `objects/${name}`) return undefined;
  const job = /^jobs\/([^/]+)\/job\.json$/.exec(name)?.[1];
  return job === undefined ? undefined : { bucket, job, generation };
}
