/** An 8-bit RGB square as the float32 tensor that a card describes. */

import type { ImagePreprocessing } from '../models/image-card.ts';
/** Red, green, blue. */
export const CHANNELS = 3;

const MAX_SAMPLE = 255;

/** @param tensor memory to use again, of the right size. */
export function toTensor(
  square: Uint8Array,
  { crop, mean, std, channelOrder, layout }: ImagePreprocessing,
  tensor = new Float32Array(crop * crop * CHANNELS),
): { readonly tensor: Float32Array; readonly dims: readonly number[] } {
  const area = crop * crop;
  for (let channel = 0; channel < CHANNELS; channel += 1) {
    const from = channelOrder === 'rgb' ? channel : CHANNELS - 1 - channel;
    const shift = mean[channel] ?? 0;
    const scale = std[channel] ?? 1;
    const [origin, step] = layout === 'nchw' ? [channel * area, 1] : [channel, CHANNELS];
    for (let at = 0; at < area; at += 1) {
      const sample = square[at * CHANNELS + from] ?? 0;
      tensor[origin + at * step] = (sample / MAX_SAMPLE - shift) / scale;
    }
  }
  return { tensor, dims: layout === 'nchw' ? [1, CHANNELS, crop, crop] : [1, crop, crop, CHANNELS] };
}
