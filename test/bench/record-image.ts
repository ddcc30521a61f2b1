/** What the image and the mask of a record cost in CPU and in bytes, on sample X-rays, beside decoding and resizing alone. */

import sharp from 'sharp';
import { encodeImage } from '../../functions/shard/encode/encode-image.ts';
import { encodeBitPng } from '../../functions/shard/encode/encode-png.ts';
import { type ImageOptions, makeImage } from '../../functions/shard/make-image.ts';
import { attentionMask } from '../../functions/shard/mask/attention-mask.ts';
import { drawChest } from '../../infra/sample/chest/draw-chest.ts';
import { encodeJpeg } from '../../infra/sample/encode-jpeg.ts';
import { inventStudies } from '../../infra/sample/study.ts';
import type { Figure } from './figures.ts';

const PATIENTS = 4;
const ROUNDS = 12;
const SIZE = 518;
const IMAGE: ImageOptions = { size: SIZE, channels: 1, format: 'png', mask: true };

interface Work {
  readonly name: string;
  /** Gives what goes into the output. */
  readonly work: (picture: Picture) => Promise<Uint8Array> | Uint8Array;
}

interface Picture {
  readonly file: Uint8Array;
  /** As it comes out of resizing. */
  readonly pixels: Uint8Array;
}

/** Of what makes something of the pixels: the steps of the record's image, and what else could write its PNG. */
const STEPS: readonly Work[] = [
  { name: 'mask', work: ({ pixels }) => encodeBitPng(attentionMask(pixels, SIZE), SIZE) },
  ...(['png', 'jpeg', 'raw'] as const).map((format) => ({
    name: format,
    work: ({ pixels }: Picture) => encodeImage(pixels, SIZE, 1, format),
  })),
  ...[
    { compressionLevel: 0, adaptiveFiltering: false },
    { compressionLevel: 1, adaptiveFiltering: false },
    { compressionLevel: 2, adaptiveFiltering: false },
    { compressionLevel: 2, adaptiveFiltering: true },
  ].map((options) => ({
    name: `libvipsPng${options.compressionLevel}${options.adaptiveFiltering ? 'Adaptive' : ''}`,
    work: ({ pixels }: Picture) => fromPixels(pixels).png(options).toBuffer(),
  })),
];

const WHOLE: Work = {
  name: 'whole',
  work: async ({ file }) => {
    const { image, mask = new Uint8Array(0) } = await makeImage(file, IMAGE, 'bench');
    return Buffer.concat([image, mask]);
  },
};

/** One thread, as in the box. CPU per image in ms, the floor as its baseline; `….bytes` per image. */
export async function benchRecordImage(): Promise<Figure[]> {
  sharp.concurrency(1);
  sharp.cache(false);
  const pictures = await drawPictures();
  const works = [{ name: 'floor', work: ({ file }: Picture) => resized(file) }, WHOLE, ...STEPS];
  const [floor, ...others] = await measure(works, pictures);
  if (floor === undefined) throw new RangeError('the floor is the first');
  return [
    { name: 'record-image.floor.cpuMs', value: floor.cpuMs, unit: 'ms' },
    ...others.flatMap(({ name, cpuMs, bytes }): Figure[] => [
      { name: `record-image.${name}.cpuMs`, value: cpuMs, unit: 'ms', baseline: floor.cpuMs },
      { name: `record-image.${name}.bytes`, value: bytes, unit: 'B' },
    ]),
  ];
}

const resized = (file: Uint8Array) =>
  sharp(file).resize(SIZE, SIZE, { fit: 'fill' }).removeAlpha().toColourspace('b-w').raw().toBuffer();

const fromPixels = (pixels: Uint8Array) =>
  sharp(pixels, { raw: { width: SIZE, height: SIZE, channels: 1 } }).toColourspace('b-w');

async function drawPictures(): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (let patient = 0; patient < PATIENTS; patient += 1) {
    for (const study of inventStudies('bench', patient)) {
      const file = await encodeJpeg(drawChest(study), study.widthPx, study.heightPx);
      pictures.push({ file, pixels: await resized(file) });
    }
  }
  return pictures;
}

/**
 * CPU time of one image, of the fastest of several rounds: what disturbs a round only ever adds to it. All take turns, so
 * that a slower minute of the machine is nobody's alone.
 */
async function measure(works: readonly Work[], pictures: readonly Picture[]) {
  const measured = works.map(({ name }) => ({ name, cpuMs: Number.POSITIVE_INFINITY, bytes: 0 }));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [i, { work }] of works.entries()) {
      const result = measured[i];
      if (result === undefined) continue;
      result.bytes = 0;
      const from = process.cpuUsage();
      for (const picture of pictures) result.bytes += (await work(picture)).byteLength / pictures.length;
      const { user, system } = process.cpuUsage(from);
      result.cpuMs = Math.min(result.cpuMs, (user + system) / 1000 / pictures.length);
    }
  }
  return measured;
}
