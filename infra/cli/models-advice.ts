/** Says what to change where a card and its graph do not agree. */

import { type GraphInfo, readGraph } from '../../shared/images/graph-reader.ts';
import { compareWithGraph, inputDims } from '../../shared/images/verify-graph.ts';
import type { ImageCard } from '../../shared/models/image-card.ts';
import { CommandError, EXIT } from './command-error.ts';

/** What of a card its graph is held against. */
export type Described = Pick<ImageCard, 'input' | 'preprocessing' | 'classes'>;

/** Throws a CommandError that names each fault and, where it is known, what mends it. */
export function requireOfGraph(card: Described, modelPath: string): void {
  const graph = readGraph(modelPath);
  const problems = compareWithGraph(card, graph);
  if (problems.length === 0) return;
  const message = `the card is not of this graph: ${problems.join('; ')}`;
  const advice = adviceFor(card, graph);
  throw new CommandError(EXIT.failed, advice.length === 0 ? message : `${message}. ${advice.join(' ')}`);
}

/** One sentence for each fault of a kind that exporters and converters are known to make. */
export function adviceFor(card: Described, { inputs, outputs }: GraphInfo): string[] {
  const [input, ...more] = inputs;
  const advice: string[] = [];
  if (more.length > 0)
    advice.push(`Its inputs are ${inputs.map(({ name }) => name).join(', ')}: remove those nothing reads.`);
  if ([...inputs.slice(0, 1), ...outputs.slice(0, 1)].some(({ type }) => type === 'float16'))
    advice.push('Convert to float16 with the inputs and outputs kept (keep_io_types=True).');
  const other = card.preprocessing.layout === 'nchw' ? 'nhwc' : 'nchw';
  const preprocessing = { ...card.preprocessing, layout: other } as const;
  if (input !== undefined && isShape(input.dims, inputDims({ ...card, preprocessing })))
    advice.push(`Write "layout": "${other}" into the card.`);
  const batch = input?.dims[0];
  if (typeof batch === 'number' && batch !== 1) advice.push('Export it for a batch of 1.');
  return advice;
}

/** The batch may be free. */
function isShape(dims: readonly (number | string)[], wanted: readonly number[]): boolean {
  return dims.length === wanted.length && dims.slice(1).every((dim, at) => dim === wanted[at + 1]);
}
