/** The README.txt that goes with a sample of tables. */

import { basename, resolve } from 'node:path';
import type { TablesSummary } from '../sample-folder.ts';

export function tablesReadme(summary: TablesSummary, dir: string): string {
  const { seed, records, studies } = summary;
  const name = basename(resolve(dir));
  return `SYNTHETIC DATA. NOT A SINGLE VALUE IN THIS FOLDER COMES FROM A PATIENT.

Made by "pillbox sample --records ${records}" from the seed ${JSON.stringify(seed)}: ${studies} invented studies, of which the join
with default options matches exactly ${records} with a stay in the emergency department.
Names, headers and layout of the tables follow MIMIC-IV-ED, MIMIC-IV and MIMIC-CXR-JPG; the numbers of rows are theirs,
in proportion. The identifiers are invented; one that equals an identifier of MIMIC does so by chance and means nothing.

hosp/, ed/, mimic-cxr-2.0.0-*   seven tables, gzip-compressed CSV
${layoutText(summary)}
answer.json      what a join must find: matches, unmatched studies by reason, rows of each table, and a digest of the matches
job.json         a job for this folder
tokenizer.json   a small byte-level BPE tokenizer, learnt from such reports
sample.json      what was asked for and what there is; it is written last, so a folder without it is not complete

To run the job (the folder must keep its name, job.json says it):
  npx pillbox cp -r ${name}/. gs://pillbox/data/${name}
  npx pillbox submit ${name}/job.json

Spoilt on purpose, as real tables are: study times that no clock has, stays without triage and triage without a stay,
stays without vital signs, subjects in one table only, several stays within a day of a study (some at the same distance),
impossible vital signs (heart rate 9999, temperature in degrees Celsius), pain in words, empty values, and commas, quotes
and line feeds in the chief complaint.
`;
}

function layoutText({ images, reports }: TablesSummary): string {
  if (images === 'none') {
    return `There are no images and no reports. The job's names for them do not depend on the subject, so that the join does not
look for them: the join ends well, and then every record fails for want of its image. Such a job is for trying the join alone.
`;
  }
  const places =
    images === 'each'
      ? 'files/p10/p10000032/s50414267/<dicom_id>.jpg   the images: chest-like drawings in grey, about 2500 x 3000 pixels'
      : `images/<dicom_id>.jpg   ${images} images that all studies share: chest-like drawings in grey, about 2500 x 3000 pixels`;
  return `files/p10/p10000032/s50414267.txt   ${reports} reports; a few studies have none
${places}
`;
}
