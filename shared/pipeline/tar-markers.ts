/** What the combine stage leaves behind for each finished tar, and how these markers join. */

import * as z from 'zod';
import type { FanIn } from './fan-in.ts';
import { FAN_IN_GROUP } from './fan-in.ts';
import { type JobRun, markerFolder } from './object-names.ts';

const count = z.int().min(0);

/** One line of `outputs` in metadata.json, and the marker of a tar. */
export const outputSchema = z.strictObject({
  name: z.string(),
  sizeBytes: count,
  crc32c: z.string(),
  records: count,
});

export type Output = z.infer<typeof outputSchema>;

/** The marker over a group of tars; higher up nothing is kept. */
export const outputGroupSchema = z.strictObject({ outputs: z.array(outputSchema) });

/** The tar stage as a fan-in tree. */
export function tarFanIn(run: JobRun, tars: number): FanIn {
  return {
    folder: `${markerFolder(run)}tar/`,
    leaves: tars,
    firstGroup: FAN_IN_GROUP,
    merge: (level, children) =>
      level === 1 ? { outputs: children.map((child) => outputSchema.parse(child)) } : {},
  };
}
