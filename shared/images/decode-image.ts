/** Uploaded pictures as a model's input; the one file of the services that knows sharp. */

import type Sharp from 'sharp';
import { RetryableError } from '../errors/retryable-error.ts';
import { HttpProblem } from '../http/problem.ts';
import type { ImagePreprocessing } from '../models/image-card.ts';
import { type ImageKind, imageKind, type RefusedKind } from './image-kind.ts';
import { toTensor } from './normalise.ts';
import { centreWindow, type Raster, resample } from './resample.ts';

/** Decoded in strips, so pixels cost time alone: 40 million take about a second. */
const PIXEL_LIMIT = 40_000_000;
/** What has to be held whole while it is decoded: progressive JPEG, interlaced PNG, WebP, TIFF. */
const WHOLE_SAMPLE_LIMIT = 24_000_000;
/** A side longer than this many times `resize` is first brought near it by libvips, averaging whole pixels. */
const OWN_FILTER_SIDES = 8;
/** A longer strip would not be a picture of anything. */
const ASPECT_LIMIT = 16;

const NAMES: Readonly<Record<RefusedKind, string>> = {
  pdf: 'a PDF: send the picture in it as JPEG, PNG, WebP or TIFF',
  dicom: 'DICOM: export it as PNG or JPEG first, without the patient in it',
  gif: 'a GIF',
  heif: 'HEIF or AVIF: export it as JPEG',
  svg: 'an SVG',
  bmp: 'a bitmap (BMP)',
};

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

/** Throws HttpProblem 415, 413 or 422: what was sent is no such picture, too large, or damaged. */
export async function decodeImage(
  bytes: Uint8Array,
  preprocessing: ImagePreprocessing,
): Promise<DecodedImage> {
  const kind = checkKind(bytes);
  const sharp = await loadSharp();
  try {
    const raster = await decodeRaster(sharp, bytes, kind, preprocessing.resize);
    const window = centreWindow(raster.width, raster.height, preprocessing.resize, preprocessing.crop);
    const square = resample(raster, window);
    free(raster.pixels);
    const { tensor, dims } = toTensor(square, preprocessing);
    return { tensor, dims, square, width: raster.originalWidth, height: raster.originalHeight };
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
export async function encodePng({ pixels, width, height }: Raster): Promise<Uint8Array> {
  const sharp = await loadSharp();
  return await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}

function checkKind(bytes: Uint8Array): ImageKind {
  if (bytes.byteLength === 0) {
    throw new HttpProblem(422, 'image-empty', 'Image is empty', { detail: 'the image has no bytes' });
  }
  const kind = imageKind(bytes);
  if (kind !== undefined && 'accepted' in kind) return kind.accepted;
  throw new HttpProblem(415, 'image-type-unsupported', 'Not an image that can be read', {
    detail:
      kind === undefined
        ? 'what was sent is neither JPEG, PNG, WebP nor TIFF'
        : `what was sent is ${NAMES[kind.refused]}`,
  });
}

interface DecodedRaster extends Raster {
  readonly originalWidth: number;
  readonly originalHeight: number;
}

/** 8-bit RGB, the right way up: grey and 16-bit pictures are converted, transparency is dropped. */
async function decodeRaster(
  sharp: typeof Sharp,
  bytes: Uint8Array,
  kind: ImageKind,
  resize: number,
): Promise<DecodedRaster> {
  // 'warning': a picture that is cut short would otherwise be painted grey. torchvision knows no colour profiles.
  const picture = sharp(bytes, { failOn: 'warning', limitInputPixels: false, ignoreIcc: true, pages: 1 });
  const { autoOrient, width, height, channels, isProgressive } = await picture.metadata();
  const whole = isProgressive === true || kind === 'webp' || kind === 'tiff';
  checkSize(width, height, whole ? channels : undefined);
  const shrink = Math.floor(Math.min(width, height) / (resize * OWN_FILTER_SIDES));
  let pipeline = picture.autoOrient();
  if (shrink > 1) {
    pipeline = pipeline.resize({
      width: Math.round(autoOrient.width / shrink),
      height: Math.round(autoOrient.height / shrink),
      fit: 'fill',
      kernel: 'linear',
      fastShrinkOnLoad: false,
    });
  }
  const { data, info } = await pipeline
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const pixels = info.channels === 1 ? spreadGrey(data) : data;
  return {
    pixels,
    width: info.width,
    height: info.height,
    originalWidth: autoOrient.width,
    originalHeight: autoOrient.height,
  };
}

/** @param channels given where all of the picture has to be in memory at once. */
function checkSize(width: number, height: number, channels: number | undefined): void {
  const [size, limit, unit] =
    channels === undefined
      ? [width * height, PIXEL_LIMIT, 'pixels']
      : [width * height * channels, WHOLE_SAMPLE_LIMIT, 'samples in a picture of this kind'];
  if (size > limit) {
    throw new HttpProblem(413, 'image-too-large', 'Image too large', {
      detail: `the image has ${size} ${unit}, ${limit} are allowed`,
    });
  }
  if (Math.max(width, height) > Math.min(width, height) * ASPECT_LIMIT) {
    throw new HttpProblem(422, 'image-too-narrow', 'Image too narrow', {
      detail: `the longer side may be at most ${ASPECT_LIMIT} times the shorter one`,
    });
  }
}

/** At once: garbage collection may come only after several more pictures. */
function free(pixels: Uint8Array): void {
  if (pixels.buffer instanceof ArrayBuffer) pixels.buffer.transfer(0);
}

function spreadGrey(grey: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(grey.length * 3);
  for (const [at, value] of grey.entries()) pixels.fill(value, at * 3, at * 3 + 3);
  return pixels;
}

let loading: Promise<typeof Sharp> | undefined;

/** Loaded for the first image: a service that is asked for tabular predictions alone needs no native code. */
function loadSharp(): Promise<typeof Sharp> {
  loading ??= import('sharp').then(({ default: sharp }) => {
    sharp.concurrency(1);
    sharp.cache(false);
    // libvips reads dozens of formats; what comes from outside gets no more than those that are documented.
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({
      operation: ['Jpeg', 'Png', 'Webp', 'Tiff'].map((format) => `VipsForeignLoad${format}`),
    });
    return sharp;
  });
  return loading;
}
