/** The image side of a model service: from the bytes of a picture to its answer, one at a time, within a small memory. */

import { HttpProblem } from '../http/problem.ts';
import type { ImageCard } from '../models/image-card.ts';
import { type DecodedImage, encodePng, openPicture } from './decode-image.ts';
import { diseaseProbability, imageAnswer, probabilitiesOf } from './image-answer.ts';
import { createImageModel, type ImageModelOptions } from './image-model.ts';
import { occlusionMap, paintMap } from './occlusion.ts';
import type { Timings } from './timings.ts';

/** What a run of the model takes beside its weights: measured 7 MiB for ResNet50 and 15 for EfficientNet-B0. */
const RUN_BYTES = 16 * 1024 * 1024;

export interface ImageServiceOptions extends ImageModelOptions<ImageCard> {
  /** True = a model whose weights are not trained is not served. */
  readonly requireTrained: boolean;
}

export interface ImageResult {
  readonly answer: ReturnType<typeof imageAnswer>;
  /** Absent unless it was asked for. */
  readonly explanation: ImageExplanation | undefined;
}

interface ImageExplanation {
  /** Row by row: how far the probability of disease falls when the cell is greyed out. */
  readonly cells: readonly (readonly number[])[];
  /** The square that the model saw, with the cells in colour. */
  readonly png: Uint8Array;
}

export interface ImageRequest {
  readonly bytes: Uint8Array;
  readonly explain: boolean;
  readonly timings: Timings;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** Waits until there is room for so many bytes. */
  readonly admit: (costBytes: number) => Promise<Disposable> | undefined;
}

export interface ImageService {
  /** Throws HttpProblem 503 ('model-not-trained') where the model must not be served. */
  checkServed(card: ImageCard): void;
  predict(card: ImageCard, request: ImageRequest): Promise<ImageResult>;
  /** Unloads the model now if nobody uses it. */
  shed(): Promise<boolean>;
}

export function createImageService({ requireTrained, ...model }: ImageServiceOptions): ImageService {
  const images = createImageModel(model);

  async function runModel(card: ImageCard, image: DecodedImage, request: ImageRequest) {
    const { explain, timings, signal } = request;
    const startMs = performance.now();
    return await images.use(card, async (loaded) => {
      timings.add('load', performance.now() - startMs);
      const classify = async (tensor: Float32Array) => {
        // An explanation is fifty runs.
        signal.throwIfAborted();
        return probabilitiesOf(card, await loaded.run(tensor, image.dims));
      };
      const probabilities = await timings.measure('run', () => classify(image.tensor));
      if (!explain) return { probabilities, cells: undefined };
      const cells = await timings.measure('explain', () =>
        occlusionMap(image, card.preprocessing, async (tensor) =>
          diseaseProbability(card, await classify(tensor)),
        ),
      );
      return { probabilities, cells };
    });
  }

  return {
    shed: () => images.shed(),
    checkServed(card) {
      if (!requireTrained || !card.demo) return;
      throw new HttpProblem(503, 'model-not-trained', 'Model is not trained', {
        detail: `${card.name} is a demo model, and PILLBOX_REQUIRE_TRAINED does not let it be served`,
      });
    },
    async predict(card, request) {
      const { bytes, timings } = request;
      const picture = await openPicture(bytes, card.preprocessing);
      using _ = await request.admit(bytes.byteLength + picture.costBytes + RUN_BYTES);
      const image = await timings.measure('decode', () => picture.decode());
      const { probabilities, cells } = await runModel(card, image, request);
      const answer = imageAnswer(card, probabilities, image);
      if (cells === undefined) return { answer, explanation: undefined };
      const { crop } = card.preprocessing;
      const png = await encodePng(paintMap(image.square, crop, cells), crop, crop);
      return { answer, explanation: { cells, png } };
    },
  };
}
