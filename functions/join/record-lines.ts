/** The manifest line of a joined study: see shared/pipeline/record-line.ts. */

import { CHEXPERT_LABELS } from '../../shared/pipeline/chexpert-labels.ts';
import {
  CLINICAL_FEATURES,
  LAST_VITAL_FEATURES,
  TRIAGE_FEATURES,
} from '../../shared/pipeline/clinical-features.ts';
import type { RecordLine } from '../../shared/pipeline/record-line.ts';
import { type JoinRules, joinSubject } from './join-subject.ts';
import type { Stay, Study, Subject } from './subject.ts';

const AGE = CLINICAL_FEATURES.find(({ name }) => name === 'age');

/** The line of every study of the subject that matches, by study_id. */
export function* recordLines(subject: Subject, rules: JoinRules): Iterable<RecordLine> {
  let stratum: string | undefined;
  for (const joined of joinSubject(subject, rules)) {
    if ('reason' in joined) continue;
    const line = recordLine(subject, joined, rules);
    // That of the first of its studies is that of the subject: a subject is never shared out.
    stratum ??= stratumOf(line, rules);
    yield rules.job.stratifyBy.length === 0 ? line : { ...line, stratum };
  }
}

/** The age at the visit; null where it is not known. */
export function ageAt(subject: Subject, stay: Stay): number | null {
  if (subject.anchor === undefined) return null;
  const year = new Date(stay.intime * 1000).getUTCFullYear();
  const age = subject.anchor.age + year - subject.anchor.year;
  return AGE !== undefined && age >= AGE.min && age <= AGE.max ? age : null;
}

function recordLine(
  subject: Subject,
  { study, stay }: { study: Study; stay: Stay },
  { options, files }: JoinRules,
): RecordLine {
  const ids = { subject_id: String(subject.id), study_id: String(study.id), dicom_id: study.dicomId };
  const view = options.views[study.view ?? 0];
  const labels = labelsOf(subject, study);
  const split = subject.splits?.get(study.id) as RecordLine['split'];
  return {
    subject_id: subject.id,
    study_id: study.id,
    stay_id: stay.id,
    image: files.images.urlOf(ids),
    ...(view !== undefined && { view }),
    report_object: files.reports.urlOf(ids),
    demographics: {
      gender: stay.gender || null,
      race: stay.race || null,
      arrival_transport: stay.arrivalTransport || null,
    },
    chief_complaint: stay.chiefComplaint || null,
    clinical: clinicalOf(subject, stay),
    ...(labels !== undefined && { labels }),
    hours_since_arrival: Math.round(((study.time - stay.intime) / 3600) * 1e4) / 1e4,
    ...(split !== undefined && { split }),
  };
}

function clinicalOf(subject: Subject, stay: Stay): RecordLine['clinical'] {
  const clinical: RecordLine['clinical'] = {};
  TRIAGE_FEATURES.forEach(({ name }, i) => {
    clinical[name] = orNull(stay.triage?.[i]);
  });
  LAST_VITAL_FEATURES.forEach(({ name }, i) => {
    clinical[name] = orNull(stay.lastSigns?.[i]);
  });
  clinical['age'] = ageAt(subject, stay);
  return clinical;
}

/** Undefined for a study that the table of labels does not have. */
function labelsOf(subject: Subject, study: Study): RecordLine['labels'] {
  const cells = subject.labels?.get(study.id)?.split(',');
  if (cells === undefined) return undefined;
  const labels: NonNullable<RecordLine['labels']> = {};
  CHEXPERT_LABELS.forEach((name, i) => {
    // The scan lets these three through, and nothing else.
    labels[name] = cells[i] ? (Number(cells[i]) as -1 | 0 | 1) : null;
  });
  return labels;
}

function stratumOf(line: RecordLine, { job }: JoinRules): string {
  const parts = job.stratifyBy.map((key) => {
    if (key === 'view') return line.view ?? '';
    if (key === 'clinical') return hasClinical(line) ? '1' : '0';
    const label = CHEXPERT_LABELS.find((name) => key === `label:${name}`);
    return label === undefined ? '' : String(line.labels?.[label] ?? '');
  });
  return parts.join('|');
}

/** The age comes from the table of patients, and says nothing of the visit. */
function hasClinical({ clinical }: RecordLine): boolean {
  return Object.entries(clinical).some(([name, value]) => name !== 'age' && value !== null);
}

function orNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
