/** Writes a MIMIC-shaped sample data set, one study at a time, so that memory stays flat however many patients there are. */

import { open, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { drawChest } from './chest/draw-chest.ts';
import { inventClinical } from './clinical.ts';
import { encodeJpeg } from './encode-jpeg.ts';
import { cutImage, cutLine, type Fault, planFaults } from './faults.ts';
import { readmeText } from './readme-text.ts';
import { writeReport } from './report.ts';
import {
  claimFolder,
  completeFolder,
  SAMPLE_VERSION,
  type SampleSummary,
  UNFINISHED_SUFFIX,
  writeAtomically,
} from './sample-folder.ts';
import { inventStudies, MAX_STUDIES_PER_PATIENT, type Study } from './study.ts';

/** Identifiers of studies have seven digits to differ in. */
const MAX_PATIENTS = 10_000_000 / MAX_STUDIES_PER_PATIENT;

export interface SampleOptions {
  /** Empty, absent, or one that an interrupted run of the same sample left. */
  readonly dir: string;
  readonly patients: number;
  /** The same seed gives the same bytes. */
  readonly seed: string;
  /** How many records to spoil: cut image, missing image, cut line, in turn. None by default. */
  readonly faulty?: number;
  /** Called after each record. */
  readonly onProgress?: (progress: { readonly done: number; readonly records: number }) => void;
}

export type { SampleSummary } from './sample-folder.ts';

/**
 * Completes what an interrupted run began; a sample that is complete already is left as it is.
 * Throws a RangeError for numbers that make no sense, a SampleFolderError for a folder that holds something else.
 */
export async function writeSample(options: SampleOptions): Promise<SampleSummary> {
  const { dir, patients, seed, faulty = 0 } = options;
  if (!Number.isInteger(patients) || patients < 1 || patients > MAX_PATIENTS) {
    throw new RangeError(`patients: a whole number from 1 to ${Math.floor(MAX_PATIENTS)}`);
  }
  const records = countRecords(seed, patients);
  const faultOf = planFaults(records, faulty);
  const request = { seed, patients, faulty, version: SAMPLE_VERSION };
  const finished = await claimFolder(dir, request);
  if (finished !== undefined) return finished;

  const { images, bytes } = await writeRecords(options, records, faultOf);
  const summary: SampleSummary = { ...request, synthetic: true, records, images, bytes };
  await writeAtomically(join(dir, 'README.txt'), readmeText(summary));
  await completeFolder(dir, summary);
  return summary;
}

async function writeRecords(
  { dir, seed, patients, onProgress }: SampleOptions,
  records: number,
  faultOf: (record: number) => Fault | undefined,
): Promise<{ images: number; bytes: number }> {
  const path = join(dir, 'manifest.jsonl');
  const written = { images: 0, bytes: 0 };
  {
    await using manifest = await open(`${path}${UNFINISHED_SUFFIX}`, 'w');
    let done = 0;
    for (let patient = 0; patient < patients; patient += 1) {
      for (const study of inventStudies(seed, patient)) {
        const fault = faultOf(done);
        if (fault === undefined || fault === 'image-corrupt') {
          written.bytes += await writeImage(join(dir, imagePath(study)), study, fault);
          written.images += 1;
        }
        const line = manifestLine(study);
        await manifest.write(`${fault === 'line-malformed' ? cutLine(line) : line}\n`);
        done += 1;
        onProgress?.({ done, records });
      }
    }
  }
  await rename(`${path}${UNFINISHED_SUFFIX}`, path);
  return written;
}

/** Resolves with the file's size; one that an earlier run finished is kept. */
async function writeImage(path: string, study: Study, fault: Fault | undefined): Promise<number> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined) return existing.size;
  const jpeg = await encodeJpeg(drawChest(study), study.widthPx, study.heightPx);
  const content = fault === 'image-corrupt' ? cutImage(jpeg) : jpeg;
  await writeAtomically(path, content);
  return content.byteLength;
}

function manifestLine(study: Study): string {
  return JSON.stringify({
    subject_id: study.subjectId,
    study_id: study.studyId,
    image: imagePath(study),
    report: writeReport(study),
    clinical: inventClinical(study),
  });
}

/** As in MIMIC-CXR-JPG: files/p10/p10000032/s50414267/<image>.jpg */
function imagePath({ subjectId, studyId, imageId }: Study): string {
  return `files/p${String(subjectId).slice(0, 2)}/p${subjectId}/s${studyId}/${imageId}.jpg`;
}

function countRecords(seed: string, patients: number): number {
  let records = 0;
  for (let patient = 0; patient < patients; patient += 1) records += inventStudies(seed, patient).length;
  return records;
}
