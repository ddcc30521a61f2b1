/** What a join goes by, out of its plan. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import type { JoinOptions, JoinPlan } from '../../shared/pipeline/join-plan.ts';
import { FileTemplate } from './file-names.ts';

export interface FileTemplates {
  readonly images: FileTemplate;
  readonly reports: FileTemplate;
}

/** Throws a TerminalError ('job-invalid') for the plan of a job that joins nothing. */
export function joinOptions({ job }: JoinPlan): JoinOptions {
  if (job.join === undefined) throw new TerminalError('job-invalid', 'job.json: join: is needed');
  return job.join;
}

export function fileTemplates(plan: JoinPlan): FileTemplates {
  const { metadata } = plan.tables;
  if (metadata === undefined) throw new TerminalError('table-missing', 'table metadata is not in the plan');
  const { images, reports } = joinOptions(plan);
  return { images: new FileTemplate(images, metadata), reports: new FileTemplate(reports, metadata) };
}
