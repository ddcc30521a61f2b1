/** What each file of a sample is: the one description, for metadata.json and whoever reads it. */

import { CHEXPERT_LABELS } from '../../shared/pipeline/chexpert-labels.ts';
import { CLINICAL_FEATURES } from '../../shared/pipeline/clinical-features.ts';
import type { Job } from '../../shared/pipeline/job.ts';

export interface SampleFile {
  /** What follows the key and a dot in its name. */
  readonly suffix: string;
  readonly content: string;
  readonly dtype: string;
  /** Of an array or a picture; n differs from sample to sample. */
  readonly shape?: readonly (number | 'n')[];
  /** True where a sample may be without it. */
  readonly optional?: true;
}

type SampleJob = Pick<Job, 'image' | 'tokens' | 'join'>;

/** In the order of a sample. All files of a sample begin with its position in the output, and lie together. */
export function describeSample(job: SampleJob): SampleFile[] {
  const { size } = job.image;
  const features = CLINICAL_FEATURES.length;
  return [
    imageFile(job),
    ...(job.image.mask
      ? [
          {
            suffix: 'mask.png',
            content: 'attention mask: white is inside',
            dtype: 'PNG, 1 bit',
            shape: [size, size],
          },
        ]
      : []),
    { suffix: 'txt', content: 'note', dtype: 'UTF-8' },
    ...(job.tokens === undefined
      ? []
      : [
          {
            suffix: 'tokens.npy',
            content: 'tokens of the note, without padding',
            dtype: 'the smallest of uint8, uint16 and uint32 that holds the vocabulary',
            shape: ['n'] as const,
          },
        ]),
    {
      suffix: 'clinical.npy',
      content: 'clinical features, NaN where missing',
      dtype: 'float32',
      shape: [features],
    },
    {
      suffix: 'missing.npy',
      content: 'true where a clinical feature is missing',
      dtype: 'bool',
      shape: [features],
    },
    {
      suffix: 'labels.npy',
      content: '1 positive, 0 negative, -1 uncertain, NaN not mentioned; absent where there are no labels',
      dtype: 'float32',
      shape: [CHEXPERT_LABELS.length],
      optional: true,
    },
    {
      suffix: 'json',
      content: 'identifiers, sections of the note, labels, clinical values by name, the original picture',
      dtype: 'JSON',
    },
  ];
}

function imageFile({ image: { format, size, channels } }: SampleJob): SampleFile {
  const shape = channels === 1 ? [size, size] : [size, size, channels];
  const content = 'picture, stretched to the size';
  if (format === 'raw') return { suffix: 'image.npy', content, dtype: 'uint8', shape };
  if (format === 'jpeg') return { suffix: 'jpg', content, dtype: 'JPEG, 8 bits', shape };
  return { suffix: 'png', content, dtype: 'PNG, 8 bits', shape };
}
