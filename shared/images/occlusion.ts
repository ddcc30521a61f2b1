/** Which parts of a picture matter: each cell of a grid is greyed out in turn, and what that does to the answer is shown. */

import type { ImagePreprocessing } from '../models/image-card.ts';
import type { DecodedImage } from './decode-image.ts';

import { CHANNELS, toTensor } from './normalise.ts';

/** Cells each way: 49 runs of the model, and a cell is 32 pixels of 224. */
const GRID = 7;
/** Share of the colour in the overlay where a cell matters most. */
const MAX_TINT = 0.6;
const RED = [220, 30, 30] as const;
const BLUE = [30, 80, 220] as const;

/** @param probabilityOf of disease, for a picture's tensor. Cells, row by row: how much it falls without the cell. */
export async function occlusionMap(
  image: DecodedImage,
  preprocessing: ImagePreprocessing,
  probabilityOf: (tensor: Float32Array) => Promise<number>,
): Promise<number[][]> {
  const whole = await probabilityOf(image.tensor);
  const grey = preprocessing.mean.map((mean) => Math.round(mean * 255));
  if (preprocessing.channelOrder === 'bgr') grey.reverse();
  const hidden = new Uint8Array(image.square.length);
  const memory = new Float32Array(image.tensor.length);
  const rows: number[][] = [];
  for (let row = 0; row < GRID; row += 1) {
    const cells: number[] = [];
    for (let column = 0; column < GRID; column += 1) {
      hidden.set(image.square);
      paintCell(hidden, preprocessing.crop, row, column, (_value, channel) => grey[channel] ?? 0);
      const { tensor } = toTensor(hidden, preprocessing, memory);
      cells.push(whole - (await probabilityOf(tensor)));
    }
    rows.push(cells);
  }
  return rows;
}

/** The square with cells in red that speak for disease and in blue that speak against it. */
export function paintMap(square: Uint8Array, crop: number, map: readonly (readonly number[])[]): Uint8Array {
  const strongest = Math.max(...map.flat().map(Math.abs)) || 1;
  const painted = Uint8Array.from(square);
  for (const [row, cells] of map.entries()) {
    for (const [column, effect] of cells.entries()) {
      const tint = (MAX_TINT * Math.abs(effect)) / strongest;
      const colour = effect >= 0 ? RED : BLUE;
      paintCell(painted, crop, row, column, (value, channel) => {
        return Math.round(value * (1 - tint) + (colour[channel] ?? 0) * tint);
      });
    }
  }
  return painted;
}

function paintCell(
  square: Uint8Array,
  crop: number,
  row: number,
  column: number,
  paint: (value: number, channel: number) => number,
): void {
  const edge = (cell: number) => Math.round((cell * crop) / GRID);
  for (let y = edge(row); y < edge(row + 1); y += 1) {
    for (
      let at = (y * crop + edge(column)) * CHANNELS;
      at < (y * crop + edge(column + 1)) * CHANNELS;
      at += 1
    ) {
      square[at] = paint(square[at] ?? 0, at % CHANNELS);
    }
  }
}
