/** Writes the objects below out/ of a planned job. */

import type { Piece } from '../../shared/pipeline/compose-tree.ts';
import { composeJobOutput, createJobOutput, type Output } from '../../shared/pipeline/job-output.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';

/** Undefined when the job was deleted meanwhile. Throws as createJobOutput does. */
export function createOutput(
  { store, plan }: OpenJob,
  output: Output,
  body: Uint8Array,
): Promise<ObjectInfo | undefined> {
  return createJobOutput({ store, run: runOf(plan) }, output, body);
}

/** As createOutput. Throws as composeJobOutput does. */
export function composeOutput(
  { store, plan }: OpenJob,
  output: Output,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
): Promise<ObjectInfo | undefined> {
  return composeJobOutput({ store, run: runOf(plan) }, output, pieces);
}
