/** Of `join.json`, what others than the join stage read: what became of the studies, and the rows that were of no use. */

import * as z from 'zod';
import type { ObjectStore } from '../storage/object-store.ts';
import type { BadRows } from './join-bad-rows.ts';
import { readJson } from './json-objects.ts';
import { JOIN_REPORT_FILE, outputName } from './object-names.ts';

const LIMIT_BYTES = 1024 * 1024;

const count = z.int().min(0);
/** `rate` is of the studies, from 0 to 1. */
const shareSchema = z.object({ count, rate: z.number().min(0).max(1) });

const badRowsSchema: z.ZodType<BadRows> = z.object({
  count,
  tables: z.record(z.string(), z.record(z.string(), count)),
});

/** What it says of each table, and the lines of bad rows, stays in join.json. */
export const joinSummarySchema = z.object({
  options: z.unknown(),
  studies: count,
  matched: shareSchema,
  /** By reason; matched + their sum = studies. */
  unmatched: z.record(z.string(), shareSchema),
  /** Older versions did not add them up. */
  badRows: badRowsSchema.default({ count: 0, tables: {} }),
});

export type JoinSummary = z.infer<typeof joinSummarySchema>;

/** Undefined when there is no report (yet). Throws a TerminalError ('job-invalid') when it is none of this version. */
export function readJoinSummary(store: ObjectStore, job: string): Promise<JoinSummary | undefined> {
  const name = outputName(job, JOIN_REPORT_FILE);
  return readJson(store, name, { schema: joinSummarySchema, limitBytes: LIMIT_BYTES });
}
