/** Joins the studies of one subject with its stays: what matches becomes a manifest line, the rest has a reason. */

import type { Job } from '../../shared/pipeline/job.ts';
import type { JoinOptions } from '../../shared/pipeline/join-plan.ts';
import type { FileTemplates } from './join-options.ts';
import { matchStay, sortStays } from './match-stay.ts';
import type { Stay, Study, Subject } from './subject.ts';

/** Why a study is in no record, the first that holds. */
export const UNMATCHED_REASONS = ['bad-time', 'no-stay', 'outside-window', 'no-image', 'no-report'] as const;
export type UnmatchedReason = (typeof UNMATCHED_REASONS)[number];

export interface JoinRules {
  readonly job: Pick<Job, 'stratifyBy'>;
  readonly options: JoinOptions;
  readonly files: FileTemplates;
}

export type JoinedStudy =
  | { readonly study: Study; readonly stay: Stay }
  | { readonly study: Study; readonly reason: UnmatchedReason };

/** One outcome for every study, by study_id. */
export function* joinSubject(subject: Subject, { options, files }: JoinRules): Iterable<JoinedStudy> {
  if (subject.studies === undefined) return;
  const stays = sortStays(subject.stays?.values() ?? []);
  for (const study of [...subject.studies.values()].sort((a, b) => a.id - b.id)) {
    const outcome = outcomeOf(subject, study, { options, files, stays });
    yield typeof outcome === 'string' ? { study, reason: outcome } : { study, stay: outcome };
  }
}

function outcomeOf(
  subject: Subject,
  study: Study,
  { options, files, stays }: Omit<JoinRules, 'job'> & { stays: readonly Stay[] },
): Stay | UnmatchedReason {
  if (Number.isNaN(study.time)) return 'bad-time';
  if (stays.length === 0) return 'no-stay';
  const stay = matchStay(stays, study.time, options);
  if (stay === undefined) return 'outside-window';
  if (study.view === undefined) return 'no-image';
  const ids = { subject_id: String(subject.id), study_id: String(study.id), dicom_id: study.dicomId };
  const isThere = !files.reports.namesSubject || subject.reports?.has(files.reports.keyOf(ids)) === true;
  return isThere ? stay : 'no-report';
}
