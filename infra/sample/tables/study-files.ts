/** The report and the images of a study, at the places of MIMIC-CXR. */

import { join } from 'node:path';
import { writeReport } from '../report.ts';
import { type ImageSupply, writeImage, writeOnce } from './pictures.ts';
import type { WrittenStudy } from './subject-rows.ts';

/** Counts up. */
export interface WrittenFiles {
  reports: number;
  imageFiles: number;
  imageBytes: number;
}

export async function writeStudyFiles(
  dir: string,
  images: ImageSupply,
  { placed, dicomIds, describe }: WrittenStudy,
  written: WrittenFiles,
): Promise<void> {
  const study = describe(dicomIds[0] ?? '');
  const folder = `files/p${String(study.subjectId).slice(0, 2)}/p${study.subjectId}/s${study.studyId}`;
  if (placed.outcome !== 'no-report') {
    await writeOnce(join(dir, `${folder}.txt`), () => Buffer.from(writeReport(study)));
    written.reports += 1;
  }
  if (images !== 'each') return;
  for (const dicomId of dicomIds) {
    written.imageBytes += await writeImage(join(dir, folder, `${dicomId}.jpg`), describe(dicomId));
    written.imageFiles += 1;
  }
}
