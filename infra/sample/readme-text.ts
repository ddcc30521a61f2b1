/** The README.txt that goes with every sample. */

import type { SampleSummary } from './sample-folder.ts';

export function readmeText({ patients, records, seed, faulty }: SampleSummary): string {
  return `SYNTHETIC DATA. NOT A SINGLE VALUE IN THIS FOLDER COMES FROM A PATIENT.

Made by "pillbox sample" from the seed ${JSON.stringify(seed)}: ${patients} invented patients, ${records} studies.
The layout and the names follow MIMIC-CXR and MIMIC-IV-ED, so that a pipeline that reads this sample reads those data
sets too. The identifiers are invented; one that equals an identifier of MIMIC does so by chance and means nothing.

manifest.jsonl   one study a line: subject_id, study_id, image (relative to this folder), report, clinical
files/           the images: chest-like drawings in grey, JPEG, about 2500 x 3000 pixels
sample.json      what was asked for and what there is; it is written last, so a folder without it is not complete

clinical: temperature in degrees Fahrenheit, heartrate and resprate per minute, o2sat in percent, sbp and dbp in mmHg,
pain from 0 to 10, acuity from 1 (most urgent) to 5; null where nothing was recorded.
${faulty === 0 ? '' : `\n${faulty} of the records are faulty on purpose: a cut image, a missing image, a cut line of the manifest, in turn.\n`}
The drawings are cartoons. They are for trying out and measuring software, never for training or judging a model.
`;
}
