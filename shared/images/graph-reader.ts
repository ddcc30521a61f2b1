/** What an ONNX file says of itself, read in some hundred kilobytes: its weights are stepped over. */

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TerminalError } from '../errors/terminal-error.ts';
import { GraphBytes, invalid, type Span } from './graph-bytes.ts';
import { sizeOfElements, typeName } from './graph-types.ts';

export interface GraphValue {
  readonly name: string;
  readonly type: string;
  /** A string names a free dimension; '?' is one without a name. */
  readonly dims: readonly (number | string)[];
}

export interface WeightTotals {
  readonly tensors: number;
  readonly bytes: number;
}

export interface GraphInfo {
  readonly fileBytes: number;
  readonly irVersion: number;
  readonly producer: string;
  /** Version by domain; the standard operators are the domain ''. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Without the weights, which old files list as inputs too. */
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: number;
  /** Nodes by operator. */
  readonly operators: Readonly<Record<string, number>>;
  /** By element type. */
  readonly weights: Readonly<Record<string, WeightTotals>>;
}

/** Field numbers of onnx.proto. */
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, data: 9, external: 13, location: 14 } as const;
const OPERATOR = 4;
/** ORT's own format, a flat buffer, names itself here. */
const ORT_MARK = { at: 4, text: 'ORTM' } as const;

/** Throws a TerminalError ('model-invalid') for a file that is cut short, is hostile or is something else. */
export function readGraph(path: string): GraphInfo {
  const file = openSync(path, 'r');
  try {
    const fileBytes = fstatSync(file).size;
    refuseOrtFormat(file);
    return new GraphReader(new GraphBytes(file)).read(fileBytes);
  } finally {
    closeSync(file);
  }
}

function refuseOrtFormat(file: number): void {
  const mark = Buffer.alloc(ORT_MARK.text.length);
  readSync(file, mark, 0, mark.length, ORT_MARK.at);
  if (mark.toString('latin1') !== ORT_MARK.text) return;
  throw new TerminalError(
    'model-invalid',
    'a packed graph (ORT format); give the ONNX file it was made from',
  );
}

class GraphReader {
  readonly #bytes: GraphBytes;
  readonly #opsets: Record<string, number> = {};
  readonly #inputs: GraphValue[] = [];
  readonly #outputs: GraphValue[] = [];
  readonly #operators = new Map<string, number>();
  readonly #weights = new Map<string, WeightTotals>();
  readonly #weightNames = new Set<string>();
  #nodes = 0;

  constructor(bytes: GraphBytes) {
    this.#bytes = bytes;
  }

  read(fileBytes: number): GraphInfo {
    let [irVersion, producer, hasGraph] = [0, '', false];
    for (const { number, value, span } of this.#bytes.fields({ start: 0, end: fileBytes })) {
      if (number === MODEL.irVersion) irVersion = value;
      else if (number === MODEL.producer) producer = this.#bytes.text(span);
      else if (number === MODEL.opset) this.#readOpset(span);
      else if (number === MODEL.graph) {
        this.#readGraph(span);
        hasGraph = true;
      }
    }
    if (!hasGraph) throw invalid('no graph in it');
    if (this.#outputs.length === 0) throw invalid('no output');
    return {
      fileBytes,
      irVersion,
      producer,
      opsets: this.#opsets,
      inputs: this.#inputs.filter(({ name }) => !this.#weightNames.has(name)),
      outputs: this.#outputs,
      nodes: this.#nodes,
      operators: Object.fromEntries(this.#operators),
      weights: Object.fromEntries(this.#weights),
    };
  }

  #readOpset(at: Span): void {
    let [domain, version] = ['', 0];
    for (const { number, value, span } of this.#bytes.fields(at)) {
      if (number === 1) domain = this.#bytes.text(span);
      if (number === 2) version = value;
    }
    this.#opsets[domain] = version;
  }

  #readGraph(at: Span): void {
    for (const { number, span } of this.#bytes.fields(at)) {
      if (number === GRAPH.node) this.#readNode(span);
      else if (number === GRAPH.initializer) this.#readWeight(span);
      else if (number === GRAPH.input) this.#inputs.push(this.#readValue(span));
      else if (number === GRAPH.output) this.#outputs.push(this.#readValue(span));
    }
  }

  #readNode(at: Span): void {
    for (const { number, span } of this.#bytes.fields(at)) {
      if (number !== OPERATOR) continue;
      const operator = this.#bytes.text(span);
      this.#nodes += 1;
      this.#operators.set(operator, (this.#operators.get(operator) ?? 0) + 1);
    }
  }

  #readWeight(at: Span): void {
    let [name, type, dataBytes] = ['', 0, 0];
    const dims: number[] = [];
    for (const { number, value, span } of this.#bytes.fields(at)) {
      if (number === TENSOR.dims) dims.push(...(Number.isNaN(value) ? this.#bytes.packed(span) : [value]));
      else if (number === TENSOR.type) type = value;
      else if (number === TENSOR.name) name = this.#bytes.text(span);
      else if (number === TENSOR.data) dataBytes = span.end - span.start;
      else if (number === TENSOR.external || (number === TENSOR.location && value !== 0))
        throw invalid(
          'its weights are in another file; export it as one file (PyTorch: external_data=False)',
        );
    }
    const bytes = sizeOfElements(type, product(dims)) ?? dataBytes;
    if (dataBytes > 0 && dataBytes !== bytes) throw invalid('a weight whose size is not that of its shape');
    const before = this.#weights.get(typeName(type)) ?? { tensors: 0, bytes: 0 };
    this.#weights.set(typeName(type), { tensors: before.tensors + 1, bytes: before.bytes + bytes });
    this.#weightNames.add(name);
  }

  /** ValueInfoProto, and in it TypeProto.Tensor; anything else than a tensor has no type here. */
  #readValue(at: Span): GraphValue {
    let [name, type] = ['', 'not a tensor'];
    const dims: (number | string)[] = [];
    for (const { number, span } of this.#bytes.fields(at)) {
      if (number === 1) name = this.#bytes.text(span);
      if (number !== 2) continue;
      for (const kind of this.#bytes.fields(span)) {
        if (kind.number !== 1) continue;
        for (const part of this.#bytes.fields(kind.span)) {
          if (part.number === 1) type = typeName(part.value);
          if (part.number === 2) dims.push(...this.#readShape(part.span));
        }
      }
    }
    return { name, type, dims };
  }

  #readShape(at: Span): (number | string)[] {
    const dims: (number | string)[] = [];
    for (const { number, span } of this.#bytes.fields(at)) {
      if (number !== 1) continue;
      let dim: number | string = '?';
      for (const part of this.#bytes.fields(span)) {
        if (part.number === 1) dim = part.value;
        if (part.number === 2) dim = this.#bytes.text(part.span) || '?';
      }
      dims.push(dim);
    }
    return dims;
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((size, dim) => size * dim, 1);
}
