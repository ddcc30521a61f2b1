/** One sample of a WebDataset: the files of a record, under its position in the output as their common key. */

import type { DatasetRow } from '../../shared/pipeline/dataset-row.ts';
import type { Job } from '../../shared/pipeline/job.ts';
import type { RecordLine } from '../../shared/pipeline/record-line.ts';
import { imageExtension, type MadeImage } from './make-image.ts';
import type { NoteMaker } from './note/make-note.ts';
import { npy } from './npy.ts';
import { tarEntry } from './tar-entry.ts';
import type { Tokenizer } from './tokens/tokenizer.ts';

/** Keys sort as numbers up to a billion records; beyond that they grow. */
const KEY_DIGITS = 9;

/** What all samples of a job are written with. */
export interface SampleWriter {
  readonly options: Pick<Job, 'image' | 'tokens'>;
  readonly notes: NoteMaker;
  /** Undefined where the job names none. */
  readonly tokenizer: Tokenizer | undefined;
}

export interface SampleContent {
  readonly line: RecordLine;
  readonly report: string;
  readonly image: MadeImage;
  readonly row: DatasetRow;
}

/** Tar blocks of `<key>.png`, `<key>.txt` and so on; metadata.json says what each file is. */
export function sampleBlocks(
  writer: SampleWriter,
  { line, report, image, row }: SampleContent,
): Uint8Array[] {
  const note = writer.notes.make(line, report);
  const files: [extension: string, content: Uint8Array | undefined][] = [
    [imageExtension(writer.options.image.format), image.image],
    ['mask.png', image.mask],
    ['txt', Buffer.from(note.text)],
    ['tokens.npy', tokensOf(writer, note.text)],
    ['clinical.npy', npy('<f4', [row.clinical.length], orNaN(row.clinical))],
    [
      'missing.npy',
      npy(
        '|b1',
        [row.clinical.length],
        Uint8Array.from(row.clinical, (value) => Number(value === null)),
      ),
    ],
    ['labels.npy', row.labels && npy('<f4', [row.labels.length], orNaN(row.labels))],
    [
      'json',
      Buffer.from(
        JSON.stringify({ ...describe(line), segments: note.segments, original: originalOf(line, image) }),
      ),
    ],
  ];
  const key = String(row.position).padStart(KEY_DIGITS, '0');
  return files.flatMap(([extension, content]) =>
    content === undefined ? [] : tarEntry(`${key}.${extension}`, content),
  );
}

/** Without the texts: they are in the note, as far as the job wants them. */
function describe({
  subject_id,
  study_id,
  stay_id,
  view,
  hours_since_arrival,
  clinical,
  labels,
  stratum,
}: RecordLine) {
  return { subject_id, study_id, stay_id, view, hours_since_arrival, clinical, labels, stratum };
}

const originalOf = (line: RecordLine, { width, height }: MadeImage) => ({ image: line.image, width, height });

function tokensOf({ options, tokenizer }: SampleWriter, text: string): Uint8Array | undefined {
  if (tokenizer === undefined || options.tokens === undefined) return undefined;
  const ids = tokenizer.encode(text, options.tokens.maxTokens);
  return npy(tokenizer.dtype, [ids.length], ids);
}

const orNaN = (values: readonly (number | null)[]) =>
  Float32Array.from(values, (value) => value ?? Number.NaN);
