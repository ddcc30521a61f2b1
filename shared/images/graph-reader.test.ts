import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { classifier } from '../../test/fixtures/onnx/graphs.ts';
import { floatTensor, writeOnnx } from '../../test/fixtures/onnx/write-onnx.ts';
import fc from '../../test/fixtures/properties.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import { bytesField, intField, joinBytes, lengthPrefix, textField } from './generate/protobuf.ts';
import { type GraphInfo, readGraph } from './graph-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'pillbox-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(bytes: Uint8Array): GraphInfo {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, bytes);
  return readGraph(path);
}

test('tells inputs, outputs, operators and weights', () => {
  const bytes = writeOnnx(classifier('int8'));
  expect(read(bytes)).toEqual({
    fileBytes: bytes.byteLength,
    irVersion: 8,
    producer: 'pillbox-test',
    opsets: { '': 17 },
    inputs: [{ name: 'input', type: 'float32', dims: ['batch', 3, 2, 2] }],
    outputs: [{ name: 'probabilities', type: 'float32', dims: ['batch', 2] }],
    nodes: 6,
    operators: { Flatten: 1, QuantizeLinear: 1, DequantizeLinear: 2, MatMul: 1, Softmax: 1 },
    weights: {
      int8: { tensors: 2, bytes: 25 },
      float32: { tensors: 2, bytes: 8 },
      uint8: { tensors: 1, bytes: 1 },
    },
  });
});

test('weights listed as inputs, as files before IR version 4 do, are no inputs', () => {
  const graph = classifier('fp32');
  const listed = [...graph.inputs, { name: 'w', type: 1, dims: [12, 2] }];
  expect(read(writeOnnx({ ...graph, inputs: listed })).inputs.map(({ name }) => name)).toEqual(['input']);
});

const graphOf = (...parts: Uint8Array[]) => bytesField(7, ...parts);
const output = bytesField(12, textField(1, 'y'));

test.each<[name: string, bytes: Uint8Array, message: RegExp]>([
  ['an empty file', new Uint8Array(), /no graph/],
  ['a picture', Buffer.from('\x89PNG\r\n\x1a\n'), /not an ONNX graph/],
  ['text', Buffer.from('{"learner": {"attributes": {}}}'), /not an ONNX graph/],
  ['ORT format', Buffer.from('\x18\0\0\0ORTM rest', 'latin1'), /packed graph/],
  ['no output', graphOf(textField(2, 'g')), /no output/],
  ['a number without end', Buffer.alloc(64, 0xff), /does not end/],
  ['field number 0', Buffer.of(0x02, 0x00), /without a number/],
  ['a group', Buffer.of(0x0b), /unknown kind/],
  ['a length beyond the file', joinBytes([lengthPrefix(7, 1e12), output]), /cut short/],
  [
    'a child longer than its parent',
    joinBytes([graphOf(lengthPrefix(1, 50)), Buffer.alloc(99)]),
    /cut short/,
  ],
  ['an endless name', joinBytes([textField(2, 'x'.repeat(70_000)), graphOf(output)]), /too long/],
  ['a million dims', graphOf(bytesField(5, bytesField(1, Buffer.alloc(1_000_000))), output), /too long/],
  ['weights elsewhere', graphOf(bytesField(5, intField(14, 1)), output), /another file/],
  [
    'a shape that lies',
    writeOnnx({ ...classifier('fp32'), weights: [floatTensor('w', [9e15], new Float32Array(4))] }),
    /size/,
  ],
])('refuses %s', (_, bytes, message) => {
  expect(() => read(bytes)).toThrow(TerminalError);
  expect(() => read(bytes)).toThrow(message);
});

test('a file cut short anywhere is refused', () => {
  const bytes = writeOnnx(classifier('fp16'));
  for (let end = 0; end < bytes.byteLength - 6; end++)
    expect(() => read(bytes.subarray(0, end))).toThrow(TerminalError);
});

test('whatever bytes there are, it reads or refuses', () => {
  const good = writeOnnx(classifier('fp32'));
  const damage = fc.array(fc.tuple(fc.nat(good.byteLength - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(damage, (changes) => {
      const bytes = Buffer.from(good);
      for (const [at, value] of changes) bytes[at] = value;
      try {
        read(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(TerminalError);
      }
    }),
    { numRuns: 1000 },
  );
});
