/** The tokenizer that goes with a sample: learnt from reports alike to the sample's own. */

import { writeReport } from '../report.ts';
import { inventStudies } from '../study.ts';
import { learnTokenizer } from './byte-level-bpe.ts';

const PATIENTS = 300;
const MERGES = 500;

/** A tokenizer.json, its own for each seed. */
export function sampleTokenizer(seed: string): Readonly<Record<string, unknown>> {
  const studies = Array.from({ length: PATIENTS }, (_, patient) => inventStudies(seed, patient)).flat();
  return learnTokenizer(studies.map(writeReport), MERGES);
}
