/** Uploaded pictures as a model's input, with no more of them in memory than the model sees. */

import type { Sharp } from 'sharp';
import { RetryableError } from '../errors/retryable-error.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ImagePreprocessing } from '../models/image-card.ts';
import { blankJpegSegments } from './blank-jpeg-segments.ts';
import { dropPngText } from './drop-png-text.ts';
import type { ImageKind } from './image-kind.ts';
import { requireDecodable, requireKind, requireSize } from './image-limits.ts';
import { loadSharp } from './load-sharp.ts';
import { CHANNELS, toTensor } from './normalise.ts';
import { type Orientation, readOrientation, turnUpright } from './orientation.ts';
import { freeBytes, type Raster, resample } from './resample.ts';
import { planSampling, type Sampling } from './sampling.ts';
import { requireFewPages } from './tiff-pages.ts';

export interface DecodedImage {
  /** As the card's layout wants it, for one image. */
  readonly tensor: Float32Array;
  /** Dimensions of the tensor. */
  readonly dims: readonly number[];
  /** The square that the model sees: `crop` pixels each way, RGB of 8 bits, interleaved. */
  readonly square: Uint8Array;
  /** Of the original, the right way up, in pixels. */
  readonly width: number;
  readonly height: number;
}

/** 'warning': a picture that is cut short would otherwise be painted grey. torchvision knows no colour profiles. */
const OPTIONS = { failOn: 'warning', limitInputPixels: false, ignoreIcc: true, pages: 1 } as const;

export interface OpenedPicture {
  /** What `decode` takes at its peak beside the picture's own bytes. */
  readonly costBytes: number;
  /** Throws HttpProblem 422 for a picture that is damaged. */
  decode(): Promise<DecodedImage>;
}

/**
 * Reads the header alone. Throws HttpProblem 415, 413 or 422: what was sent is no such picture, too large, or damaged.
 *
 * @param bytes may be changed: what is no part of the picture is cut out or blanked.
 */
export async function openPicture(
  bytes: Uint8Array,
  preprocessing: ImagePreprocessing,
): Promise<OpenedPicture> {
  const kind = requireKind(bytes);
  if (kind === 'tiff') requireFewPages(bytes);
  const sharp = await loadSharp();
  return await asProblems(kind, async () => {
    blankJpegSegments(bytes);
    const picture = sharp(dropPngText(bytes, ['eXIf']), OPTIONS);
    const header = await picture.metadata();
    const { autoOrient, width, height, orientation } = header;
    requireSize(width, height);
    const stored = readOrientation(orientation);
    const sampling = planSampling(width, height, preprocessing, stored);
    const decodingBytes = requireDecodable({ ...header, kind }, sampling.rows.shrink);
    const decode = async (): Promise<DecodedImage> => {
      const square = toSquare(await decodeRaster(picture, sampling), sampling, stored);
      const { tensor, dims } = toTensor(square, preprocessing);
      return { tensor, dims, square, width: autoOrient.width, height: autoOrient.height };
    };
    return {
      costBytes: decodingBytes + rasterBytes(sampling),
      decode: () => asProblems(kind, decode),
    };
  });
}

/** Both steps at once. */
export async function decodeImage(
  bytes: Uint8Array,
  preprocessing: ImagePreprocessing,
): Promise<DecodedImage> {
  return await (await openPicture(bytes, preprocessing)).decode();
}

async function asProblems<T>(kind: ImageKind, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HttpProblem) throw error;
    if (error instanceof Error && /memory|alloc/i.test(error.message)) {
      throw new RetryableError('overloaded', 'too little memory to decode an image', { cause: error });
    }
    throw new HttpProblem(422, 'image-corrupt', 'Image cannot be decoded', {
      detail: `the ${kind.toUpperCase()} is damaged or cut short`,
    });
  }
}

/** An RGB picture as PNG. */
export async function encodePng(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return await sharp(pixels, { raw: { width, height, channels: CHANNELS } })
    .png()
    .toBuffer();
}

/** The pixels that the square needs, as stored: 8-bit grey or RGB; 16-bit pictures are converted, transparency is dropped. */
async function decodeRaster(picture: Sharp, { columns, rows }: Sampling): Promise<Raster> {
  const window = picture.extract({
    left: columns.start,
    top: rows.start,
    width: columns.length,
    height: rows.length,
  });
  const shrunk =
    columns.shrink === 1
      ? window
      : window.resize({
          width: columns.length / columns.shrink,
          height: rows.length / rows.shrink,
          fit: 'fill',
          kernel: 'linear',
        });
  const { data, info } = await shrunk
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height, channels: info.channels };
}

/** The pixels that the decoder delivers, and the same between the two passes of the filter. */
function rasterBytes({ columns, rows }: Sampling): number {
  const height = rows.length / rows.shrink;
  return (columns.length / columns.shrink + columns.firsts.length) * height * CHANNELS;
}

function toSquare(raster: Raster, sampling: Sampling, stored: Orientation): Uint8Array {
  const square = resample(raster, sampling.columns, sampling.rows);
  freeBytes(raster.pixels);
  const coloured = raster.channels === 1 ? spreadGrey(square) : square;
  return turnUpright(coloured, sampling.columns.firsts.length, stored);
}

function spreadGrey(grey: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(grey.length * CHANNELS);
  for (const [at, value] of grey.entries()) pixels.fill(value, at * CHANNELS, at * CHANNELS + CHANNELS);
  return pixels;
}
