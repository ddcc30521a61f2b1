/** One sample of a WebDataset: the files of a record, under its position in the output as their common key. */

import type { MadeImage } from './make-image.ts';
import type { ManifestLine } from './manifest-line.ts';
import { tarEntry } from './tar-entry.ts';

/** Keys sort as numbers up to a billion records; beyond that they grow. */
const KEY_DIGITS = 9;

/** Tar blocks of `<key>.png`, `<key>.txt` (the report) and `<key>.json` (everything else). */
export function sampleBlocks(position: number, line: ManifestLine, image: MadeImage): Uint8Array[] {
  const key = String(position).padStart(KEY_DIGITS, '0');
  const { subject_id, study_id, clinical } = line;
  const original = { image: line.image, width: image.width, height: image.height };
  return [
    ...tarEntry(`${key}.png`, image.png),
    ...tarEntry(`${key}.txt`, Buffer.from(line.report)),
    ...tarEntry(`${key}.json`, Buffer.from(JSON.stringify({ subject_id, study_id, clinical, original }))),
  ];
}
