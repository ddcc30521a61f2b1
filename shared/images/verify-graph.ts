/** Holds an image model's card against its graph. */

import type { ImageCard } from '../models/image-card.ts';
import type { GraphInfo, GraphValue } from './graph-reader.ts';

type Described = Pick<ImageCard, 'input' | 'preprocessing' | 'classes'>;

/** The shape of one image as the graph takes it. */
export function inputDims({ preprocessing: { crop, layout } }: Described): number[] {
  return layout === 'nchw' ? [1, 3, crop, crop] : [1, crop, crop, 3];
}

/** One line for each thing that does not agree; none when the card is of this graph. */
export function compareWithGraph(card: Described, graph: GraphInfo): string[] {
  return [...compareInput(card, graph.inputs), ...compareOutput(card, graph.outputs)];
}

function compareInput(card: Described, inputs: readonly GraphValue[]): string[] {
  const [input, ...more] = inputs;
  if (input === undefined) return ['the graph has no input'];
  const problems: string[] = [];
  if (more.length > 0) problems.push(`the graph has ${inputs.length} inputs; a model of images has one`);
  if (input.name !== card.input)
    problems.push(`input: the card says "${card.input}", the graph "${input.name}"`);
  if (input.type !== 'float32') problems.push(`input: must be float32, the graph has ${input.type}`);
  const wanted = inputDims(card);
  if (!accepts(input.dims, wanted))
    problems.push(`preprocessing gives ${shapeText(wanted)}, the graph takes ${shapeText(input.dims)}`);
  return problems;
}

function compareOutput({ classes }: Described, [output]: readonly GraphValue[]): string[] {
  if (output === undefined) return ['the graph has no output'];
  const problems: string[] = [];
  if (output.type !== 'float32') problems.push(`output: must be float32, the graph has ${output.type}`);
  // A graph without a stated shape is judged by its answer.
  if (output.dims.length > 0 && !accepts(output.dims, [1, classes.length]))
    problems.push(`the card has ${classes.length} classes, the graph gives ${shapeText(output.dims)}`);
  return problems;
}

function accepts(dims: readonly (number | string)[], wanted: readonly number[]): boolean {
  return (
    dims.length === wanted.length && dims.every((dim, at) => typeof dim === 'string' || dim === wanted[at])
  );
}

export function shapeText(dims: readonly (number | string)[]): string {
  return dims.length === 0 ? 'unstated' : dims.join(' x ');
}
