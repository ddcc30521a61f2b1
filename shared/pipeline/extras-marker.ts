/** What the extras task leaves for the end of the job: what it proved, and the files it made. */

import * as z from 'zod';
import type { ObjectStore } from '../storage/object-store.ts';
import { type JsonRead, readJson } from './json-objects.ts';
import { extrasMarkerName, type JobRun } from './object-names.ts';
import { splitProofSchema } from './split-proof.ts';
import { outputSchema } from './tar-markers.ts';

const extrasMarkerSchema = z.strictObject({
  proof: splitProofSchema,
  outputs: z.array(outputSchema),
});

export type ExtrasMarker = z.infer<typeof extrasMarkerSchema>;

const READ: JsonRead<ExtrasMarker> = { schema: extrasMarkerSchema, limitBytes: 64 * 1024 };

/** Undefined until the extras of this run are made. */
export function readExtrasMarker(store: ObjectStore, run: JobRun): Promise<ExtrasMarker | undefined> {
  return readJson(store, extrasMarkerName(run), READ);
}
