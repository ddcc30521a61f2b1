/** Prints what an ONNX file says of itself. */

import { existsSync } from 'node:fs';
import { type GraphInfo, readGraph } from '../../shared/images/graph-reader.ts';
import { shapeText } from '../../shared/images/verify-graph.ts';
import { CommandError, EXIT } from './command-error.ts';
import { printable } from './printable.ts';
import { sizeText } from './size-text.ts';
import { formatTable } from './table.ts';

/** Operators named in the table; the rest are counted. */
const OPERATORS_SHOWN = 8;

export function runInspect(file: string, { json = false }: { readonly json?: boolean }): void {
  requireFile(file);
  const graph = readGraph(file);
  if (json) console.log(JSON.stringify(graph));
  else console.log(describe(graph).map(printable).join('\n'));
}

export function requireFile(file: string): void {
  if (!existsSync(file)) throw new CommandError(EXIT.notFound, `there is no file ${printable(file)}`);
}

function describe(graph: GraphInfo): string[] {
  const values = [
    ...graph.inputs.map((value) => ['input', value.name, value.type, shapeText(value.dims)]),
    ...graph.outputs.map((value) => ['output', value.name, value.type, shapeText(value.dims)]),
  ];
  const weights = Object.entries(graph.weights).map(([type, { tensors, bytes }]) => [
    'weights',
    `${tensors} tensors`,
    type,
    sizeText(bytes),
  ]);
  const opsets = Object.entries(graph.opsets).map(([domain, version]) => `${domain || 'onnx'} ${version}`);
  return [
    ...formatTable(
      [{ title: 'KIND' }, { title: 'NAME' }, { title: 'TYPE' }, { title: 'SHAPE' }],
      [...values, ...weights],
    ),
    '',
    `${sizeText(graph.fileBytes)}, IR version ${graph.irVersion}, operator sets ${opsets.join(', ')}, by ${graph.producer || 'nobody named'}`,
    `${graph.nodes} nodes: ${operatorsText(graph)}`,
  ];
}

function operatorsText({ operators }: GraphInfo): string {
  const ranked = Object.entries(operators).sort(([, a], [, b]) => b - a);
  const shown = ranked.slice(0, OPERATORS_SHOWN).map(([name, count]) => `${count} ${name}`);
  const more = ranked.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more operators` : shown.join(', ');
}
