/** The job.json that goes with the tables: ready to submit once the folder lies in the bucket. */

import { basename, resolve } from 'node:path';
import { parseJob } from '../../../shared/pipeline/job.ts';
import type { ImageSupply } from './pictures.ts';

/** Throws a RangeError for a folder whose name no object could have. */
export function jobDocument(dir: string, images: ImageSupply): Readonly<Record<string, unknown>> {
  const name = basename(resolve(dir));
  const folder = `data/${name}`;
  const job = {
    id: jobId(name),
    join: {
      tables: {
        edstays: `${folder}/ed/edstays.csv.gz`,
        triage: `${folder}/ed/triage.csv.gz`,
        vitalsign: `${folder}/ed/vitalsign.csv.gz`,
        patients: `${folder}/hosp/patients.csv.gz`,
        metadata: `${folder}/mimic-cxr-2.0.0-metadata.csv.gz`,
        chexpert: `${folder}/mimic-cxr-2.0.0-chexpert.csv.gz`,
        split: `${folder}/mimic-cxr-2.0.0-split.csv.gz`,
      },
      // Without {subject_id} in a name the join does not look whether its object is there.
      ...(images !== 'each' && { images: 'images/{dicom_id}.jpg' }),
      ...(images === 'none' && { reports: 'report.txt' }),
    },
    tokens: { tokenizer: `${folder}/tokenizer.json` },
  };
  try {
    parseJob(job);
  } catch (error) {
    throw new RangeError('out: the name of the folder cannot be that of objects', { cause: error });
  }
  return job;
}

function jobId(name: string): string {
  const id = name.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, '-');
  return `${/^[a-z0-9]/.test(id) ? '' : 'job'}${id}`.slice(0, 63);
}
