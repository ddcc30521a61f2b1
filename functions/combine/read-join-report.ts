/** What the join stage left in out/ for the user, to be named and counted in metadata.json. */

import * as z from 'zod';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { readJson } from '../../shared/pipeline/json-objects.ts';
import { JOIN_REPORT_FILE, outputName, UNMATCHED_FILE } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import type { ReportFile } from './describe-dataset.ts';

const REPORT_LIMIT_BYTES = 1024 * 1024;

const shareSchema = z.object({ count: z.int().min(0), rate: z.number() });

/** Of join.json, what counts studies; what it says of the tables stays there. */
const summarySchema = z.object({
  options: z.unknown(),
  studies: z.int().min(0),
  matched: shareSchema,
  /** By reason. */
  unmatched: z.record(z.string(), shareSchema),
});

export interface JoinReport {
  readonly join: object | undefined;
  readonly reports: readonly ReportFile[];
}

/** Nothing for jobs that do not join. Throws a TerminalError ('part-missing') when somebody deleted the report. */
export async function readJoinReport({ store, plan }: OpenJob): Promise<JoinReport> {
  if (plan.job.join === undefined) return { join: undefined, reports: [] };
  const name = outputName(plan.job.id, JOIN_REPORT_FILE);
  const join = await readJson(store, name, {
    schema: summarySchema,
    limitBytes: REPORT_LIMIT_BYTES,
  });
  if (join === undefined) throw new TerminalError('part-missing', `${name} is gone before the job was done`);
  const reports: ReportFile[] = [];
  for (const file of [JOIN_REPORT_FILE, UNMATCHED_FILE]) {
    const info = await store.stat(outputName(plan.job.id, file));
    if (info !== undefined) reports.push({ name: file, sizeBytes: info.sizeBytes, crc32c: info.crc32c });
  }
  return { join, reports };
}
