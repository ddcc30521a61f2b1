/** A network as the bytes of an ONNX file, in chunks: weights are made where they are needed and are never held together. */

import type { Attribute, GraphNode, GraphTensor, Network } from './network.ts';
import { bytesField, floatField, intField, joinBytes, lengthPrefix, textField } from './protobuf.ts';
import { SeededUniform } from './seeded-uniform.ts';

export interface OnnxText {
  readonly name: string;
  readonly seed: number;
  readonly input: string;
  readonly inputDims: readonly number[];
  readonly classes: number;
}

/** Field numbers of onnx.proto. */
const MODEL = { irVersion: 1, producer: 2, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, op: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, float: 2, int: 3, ints: 8, type: 20 } as const;
const ATTRIBUTE_TYPE = { float: 1, int: 2, ints: 7 } as const;
const TENSOR = { dims: 1, type: 2, name: 8, data: 9 } as const;
const FLOAT32 = 1;
const IR_VERSION = 8;
const OPSET = 17;
/** Floats in a chunk: 256 KiB. */
const CHUNK_FLOATS = 65_536;

/** The same arguments give the same bytes on every machine. A chunk is valid until the next one is asked for. */
export function* onnxChunks(network: Network, about: OnnxText): Generator<Uint8Array> {
  const frame = joinBytes([
    textField(GRAPH.name, about.name),
    ...network.nodes.map((node) => bytesField(GRAPH.node, encodeNode(node))),
    bytesField(GRAPH.input, encodeValue(about.input, about.inputDims)),
    bytesField(GRAPH.output, encodeValue('logits', [1, about.classes])),
  ]);
  const heads = network.tensors.map(encodeTensorHead);
  const graphBytes = network.tensors.reduce(
    (sum, tensor, at) => sum + (heads[at]?.byteLength ?? 0) + sizeOf(tensor) * 4,
    frame.byteLength,
  );
  yield joinBytes([
    intField(MODEL.irVersion, IR_VERSION),
    textField(MODEL.producer, 'pillbox'),
    bytesField(MODEL.opset, textField(1, ''), intField(2, OPSET)),
    lengthPrefix(MODEL.graph, graphBytes),
    frame,
  ]);
  const random = new SeededUniform(about.seed);
  for (const [at, tensor] of network.tensors.entries()) {
    yield heads[at] ?? new Uint8Array();
    yield* weightChunks(tensor, random);
  }
}

function* weightChunks(tensor: GraphTensor, random: SeededUniform): Generator<Uint8Array> {
  const size = sizeOf(tensor);
  const memory = new Uint8Array(Math.min(CHUNK_FLOATS, size) * 4);
  const view = new DataView(memory.buffer);
  for (let from = 0; from < size; from += CHUNK_FLOATS) {
    const floats = Math.min(CHUNK_FLOATS, size - from);
    for (let at = 0; at < floats; at += 1) {
      const value = 'value' in tensor.fill ? tensor.fill.value : random.next() * tensor.fill.bound;
      view.setFloat32(at * 4, value, true);
    }
    yield memory.subarray(0, floats * 4);
  }
}

/** All of an initializer, and of what announces it, but for its data. */
function encodeTensorHead(tensor: GraphTensor): Uint8Array {
  const dataBytes = sizeOf(tensor) * 4;
  const head = joinBytes([
    ...tensor.dims.map((dim) => intField(TENSOR.dims, dim)),
    intField(TENSOR.type, FLOAT32),
    textField(TENSOR.name, tensor.name),
    lengthPrefix(TENSOR.data, dataBytes),
  ]);
  return joinBytes([lengthPrefix(GRAPH.initializer, head.byteLength + dataBytes), head]);
}

function encodeNode({ op, inputs, output, attributes }: GraphNode): Uint8Array {
  return joinBytes([
    ...inputs.map((name) => textField(NODE.input, name)),
    textField(NODE.output, output),
    textField(NODE.name, output),
    textField(NODE.op, op),
    ...Object.entries(attributes).map(([name, value]) =>
      bytesField(NODE.attribute, textField(ATTRIBUTE.name, name), encodeAttribute(value)),
    ),
  ]);
}

function encodeAttribute(value: Attribute): Uint8Array {
  if (typeof value === 'number') {
    return joinBytes([intField(ATTRIBUTE.int, value), intField(ATTRIBUTE.type, ATTRIBUTE_TYPE.int)]);
  }
  if ('float' in value) {
    return joinBytes([
      floatField(ATTRIBUTE.float, value.float),
      intField(ATTRIBUTE.type, ATTRIBUTE_TYPE.float),
    ]);
  }
  return joinBytes([
    ...value.map((item) => intField(ATTRIBUTE.ints, item)),
    intField(ATTRIBUTE.type, ATTRIBUTE_TYPE.ints),
  ]);
}

/** ValueInfoProto: a float tensor of fixed shape. */
function encodeValue(name: string, dims: readonly number[]): Uint8Array {
  const shape = dims.map((dim) => bytesField(1, intField(1, dim)));
  const tensorType = joinBytes([intField(1, FLOAT32), bytesField(2, ...shape)]);
  return joinBytes([textField(1, name), bytesField(2, bytesField(1, tensorType))]);
}

function sizeOf({ dims }: GraphTensor): number {
  return dims.reduce((size, dim) => size * dim, 1);
}
