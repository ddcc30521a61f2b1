/** The tabular part of one written record: a line of the rows part that every shard leaves. */

import * as z from 'zod';
import { CHEXPERT_LABELS } from './chexpert-labels.ts';
import { CLINICAL_FEATURES } from './clinical-features.ts';
import type { RecordLine } from './record-line.ts';
import { SPLITS, type Split } from './split.ts';

export const datasetRowSchema = z.strictObject({
  /** In the output, from 0; the key of its sample. */
  position: z.int().min(0),
  split: z.enum(SPLITS),
  subject_id: z.string(),
  study_id: z.string(),
  stay_id: z.string().optional(),
  view: z.string().optional(),
  /** In the order of CLINICAL_FEATURES; null = missing. */
  clinical: z.array(z.number().nullable()).length(CLINICAL_FEATURES.length),
  /** In the order of CHEXPERT_LABELS: 1, 0, -1, or null = not mentioned. Absent = the manifest has none. */
  labels: z.array(z.number().nullable()).length(CHEXPERT_LABELS.length).optional(),
});

export type DatasetRow = z.infer<typeof datasetRowSchema>;

type RowLine = Pick<RecordLine, 'subject_id' | 'study_id' | 'stay_id' | 'view' | 'clinical' | 'labels'>;

/** A few kilobytes at most, whatever the line holds besides. */
export function rowOf(position: number, split: Split, line: RowLine): DatasetRow {
  const { subject_id, study_id, stay_id, view, clinical, labels } = line;
  return {
    position,
    split,
    subject_id: String(subject_id),
    study_id: String(study_id),
    ...(stay_id !== undefined && { stay_id: String(stay_id) }),
    ...(view !== undefined && { view }),
    clinical: CLINICAL_FEATURES.map(({ name, min, max }) => {
      const value = Object.hasOwn(clinical, name) ? clinical[name] : undefined;
      return value != null && value >= min && value <= max ? value : null;
    }),
    ...(labels !== undefined && { labels: CHEXPERT_LABELS.map((label) => labels[label] ?? null) }),
  };
}
