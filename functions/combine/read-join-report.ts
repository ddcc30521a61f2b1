/** What the join stage left in out/ for the user, to be named and counted in metadata.json. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { type JoinSummary, readJoinSummary } from '../../shared/pipeline/join-report.ts';
import { JOIN_REPORT_FILE, outputName, UNMATCHED_FILE } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import type { ReportFile } from './describe-dataset.ts';

export interface JoinReport {
  readonly join: JoinSummary | undefined;
  readonly reports: readonly ReportFile[];
}

/** Nothing for jobs that do not join. Throws a TerminalError ('part-missing') when somebody deleted the report. */
export async function readJoinReport({ store, plan }: OpenJob): Promise<JoinReport> {
  if (plan.job.join === undefined) return { join: undefined, reports: [] };
  const join = await readJoinSummary(store, plan.job.id);
  if (join === undefined) {
    const name = outputName(plan.job.id, JOIN_REPORT_FILE);
    throw new TerminalError('part-missing', `${name} is gone before the job was done`);
  }
  const reports: ReportFile[] = [];
  for (const file of [JOIN_REPORT_FILE, UNMATCHED_FILE]) {
    const info = await store.stat(outputName(plan.job.id, file));
    if (info !== undefined) reports.push({ name: file, sizeBytes: info.sizeBytes, crc32c: info.crc32c });
  }
  return { join, reports };
}
