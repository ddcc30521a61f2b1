/** A forest as the bytes of an ONNX file with one TreeEnsembleRegressor, which gives the margins. */

import { bytesField, intField, joinBytes, textField } from '../../shared/images/generate/protobuf.ts';
import { CHILD, type Forest, LEAF, NODE_WORDS, SPLIT, VALUE } from '../../shared/models/forest.ts';
import { featureOf, isMissingRight } from '../../shared/models/row-cells.ts';

/** Field numbers of onnx.proto. */
const MODEL = { irVersion: 1, graph: 7, opset: 8 } as const;
const GRAPH = { node: 1, name: 2, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2, op: 4, attribute: 5, domain: 7 } as const;
const ATTRIBUTE = { name: 1, int: 3, text: 4, floats: 7, ints: 8, texts: 9, type: 20 } as const;
const ATTRIBUTE_TYPE = { int: 2, text: 3, floats: 6, ints: 7, texts: 8 } as const;
const FLOAT32 = 1;
const IR_VERSION = 8;
const TREES_DOMAIN = 'ai.onnx.ml';
const TREES_OPSET = 3;
const OPSET = 17;
const VARINT_MAX_BYTES = 5;

/** Throws for what the benchmark has no use for: several classes, categorical splits. */
export function forestToOnnx(forest: Forest): Uint8Array {
  if (forest.baseMargins.length > 1 || forest.categories.size > 0) throw new RangeError('not a plain forest');
  const node = [
    textField(NODE.input, 'rows'),
    textField(NODE.output, 'margins'),
    textField(NODE.op, 'TreeEnsembleRegressor'),
    textField(NODE.domain, TREES_DOMAIN),
    ...ensembleAttributes(forest).map((attribute) => bytesField(NODE.attribute, attribute)),
  ];
  const graph = [
    textField(GRAPH.name, 'trees'),
    bytesField(GRAPH.node, ...node),
    bytesField(GRAPH.input, matrix('rows', forest.featureNames.length)),
    bytesField(GRAPH.output, matrix('margins', 1)),
  ];
  return joinBytes([
    intField(MODEL.irVersion, IR_VERSION),
    bytesField(MODEL.opset, textField(1, ''), intField(2, OPSET)),
    bytesField(MODEL.opset, textField(1, TREES_DOMAIN), intField(2, TREES_OPSET)),
    bytesField(MODEL.graph, ...graph),
  ]);
}

function ensembleAttributes(forest: Forest): Uint8Array[] {
  const { words, values, baseMargins, roots, cover } = forest;
  const treeOf = new Int32Array(cover.length);
  for (const [tree, root] of roots.entries()) treeOf.fill(tree, root);
  const all = Int32Array.from(treeOf, (_, node) => node);
  const childOf = (node: number) => words[node * NODE_WORDS + CHILD] ?? LEAF;
  const splitOf = (node: number) => words[node * NODE_WORDS + SPLIT] ?? 0;
  const numberOf = (node: number) => values[node * NODE_WORDS + VALUE] ?? 0;
  const numberInTree = (node: number) => node - (roots[treeOf[node] ?? 0] ?? 0);
  const isLeaf = (node: number) => childOf(node) === LEAF;
  // What ONNX says of a leaf is not looked at, but it has to be there.
  const ofSplit = (get: (node: number) => number) => all.map((node) => (isLeaf(node) ? 0 : get(node)));
  const leaves = all.filter(isLeaf);
  return [
    ints('nodes_treeids', treeOf),
    ints('nodes_nodeids', all.map(numberInTree)),
    ints(
      'nodes_featureids',
      ofSplit((node) => featureOf(splitOf(node))),
    ),
    texts(
      'nodes_modes',
      Array.from(all, (node) => (isLeaf(node) ? 'LEAF' : 'BRANCH_LT')),
    ),
    floats(
      'nodes_values',
      Float32Array.from(all, (node) => (isLeaf(node) ? 0 : numberOf(node))),
    ),
    ints(
      'nodes_truenodeids',
      ofSplit((node) => numberInTree(childOf(node))),
    ),
    ints(
      'nodes_falsenodeids',
      ofSplit((node) => numberInTree(childOf(node)) + 1),
    ),
    ints(
      'nodes_missing_value_tracks_true',
      ofSplit((node) => (isMissingRight(splitOf(node)) ? 0 : 1)),
    ),
    ints(
      'target_treeids',
      leaves.map((node) => treeOf[node] ?? 0),
    ),
    ints('target_nodeids', leaves.map(numberInTree)),
    ints('target_ids', new Int32Array(leaves.length)),
    floats('target_weights', Float32Array.from(leaves, numberOf)),
    floats('base_values', baseMargins),
    attribute('n_targets', ATTRIBUTE_TYPE.int, intField(ATTRIBUTE.int, 1)),
    attribute('post_transform', ATTRIBUTE_TYPE.text, textField(ATTRIBUTE.text, 'NONE')),
  ];
}

function attribute(name: string, type: number, value: Uint8Array): Uint8Array {
  return joinBytes([textField(ATTRIBUTE.name, name), value, intField(ATTRIBUTE.type, type)]);
}

/** @param values none below 0. */
function ints(name: string, values: Int32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * VARINT_MAX_BYTES);
  let end = 0;
  for (const value of values) {
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) bytes[end++] = (rest & 0x7f) | 0x80;
    bytes[end++] = rest;
  }
  return attribute(name, ATTRIBUTE_TYPE.ints, bytesField(ATTRIBUTE.ints, bytes.subarray(0, end)));
}

function floats(name: string, values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of values.entries()) view.setFloat32(at * 4, value, true);
  return attribute(name, ATTRIBUTE_TYPE.floats, bytesField(ATTRIBUTE.floats, bytes));
}

function texts(name: string, values: readonly string[]): Uint8Array {
  const known = new Map<string, Uint8Array>();
  const encoded = values.map((value) => {
    const field = known.get(value) ?? textField(ATTRIBUTE.texts, value);
    known.set(value, field);
    return field;
  });
  return attribute(name, ATTRIBUTE_TYPE.texts, joinBytes(encoded));
}

/** ValueInfoProto: a float tensor of any number of rows. */
function matrix(name: string, width: number): Uint8Array {
  const shape = bytesField(2, bytesField(1, textField(2, 'count')), bytesField(1, intField(1, width)));
  return joinBytes([textField(1, name), bytesField(2, bytesField(1, intField(1, FLOAT32), shape))]);
}
