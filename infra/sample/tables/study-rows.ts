/** Rows of metadata, chexpert and split: one X-ray study, and the image of it that the join must choose. */

import { CHEXPERT_LABELS } from '../../../shared/pipeline/chexpert-labels.ts';
import type { Random } from '../random.ts';
import type { Findings } from '../study.ts';
import { badStudyTimeText, studyTimeText } from './clock.ts';
import { labelFields } from './findings.ts';
import type { PlacedStudy } from './timeline.ts';

export const STUDY_HEADERS = {
  'mimic-cxr-2.0.0-metadata.csv.gz':
    'dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,StudyTime,ProcedureCodeSequence_CodeMeaning,ViewCodeSequence_CodeMeaning,PatientOrientationCodeSequence_CodeMeaning',
  'mimic-cxr-2.0.0-chexpert.csv.gz': `subject_id,study_id,${CHEXPERT_LABELS.join(',')}`,
  'mimic-cxr-2.0.0-split.csv.gz': 'dicom_id,study_id,subject_id,split',
} as const;

interface Image {
  readonly dicomId: string;
  readonly view: string;
}

/** The name of the view as a code's meaning; others have none. */
const VIEW_MEANINGS: Readonly<Record<string, string>> = {
  PA: 'postero-anterior',
  AP: 'antero-posterior',
  LATERAL: 'lateral',
  LL: 'left lateral',
};

/**
 * One for each identifier.
 * @param isWanted whether one of them is a frontal view, PA or AP.
 */
export function inventImages(random: Random, dicomIds: readonly string[], isWanted: boolean): Image[] {
  const frontalAt = isWanted ? random.integer(0, dicomIds.length - 1) : -1;
  return dicomIds.map((dicomId, index) => {
    const isFrontal = index === frontalAt || (isWanted && random.chance(0.25));
    return {
      dicomId,
      view: isFrontal ? random.pick(['PA', 'AP', 'AP']) : random.pick(['LATERAL', 'LATERAL', 'LL', '']),
    };
  });
}

/** PA before AP, then the smallest identifier. */
export function chosenImage(images: readonly Image[]): string | undefined {
  for (const view of ['PA', 'AP']) {
    const ids = images.filter((image) => image.view === view).map(({ dicomId }) => dicomId);
    if (ids.length > 0) return ids.reduce((least, id) => (id < least ? id : least));
  }
  return undefined;
}

/** All images of a study carry its time. */
export function metadataRows(
  random: Random,
  subjectId: number,
  studyId: number,
  { outcome, timeS }: PlacedStudy,
  images: readonly Image[],
): string[] {
  const isBad = outcome === 'bad-time';
  const { date, time } = isBad ? badStudyTimeText(timeS, random) : studyTimeText(timeS, random);
  const isPortable = images.every(({ view }) => view !== 'PA');
  const step = isPortable ? 'CHEST (PORTABLE AP)' : 'CHEST (PA AND LAT)';
  return images.map(({ dicomId, view }) => {
    const isUpright = random.chance(0.7);
    const size = isUpright ? '3056,2544' : '2544,3056';
    return `${dicomId},${subjectId},${studyId},${step},${view},${size},${date},${time},${step},${VIEW_MEANINGS[view] ?? ''},${isUpright ? 'Erect' : ''}`;
  });
}

export function labelRow(random: Random, subjectId: number, studyId: number, findings: Findings): string {
  return `${subjectId},${studyId},${labelFields(random, findings).join(',')}`;
}
