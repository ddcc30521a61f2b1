import { expect, test } from 'vitest';
import type { GraphInfo } from '../../shared/images/graph-reader.ts';
import { adviceFor, type Described } from './models-advice.ts';

const CARD: Described = {
  input: 'image',
  classes: [
    { name: 'healthy', diseased: false },
    { name: 'ill', diseased: true },
  ],
  preprocessing: {
    resize: 8,
    crop: 8,
    channelOrder: 'rgb',
    layout: 'nchw',
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
};

function graphOf(dims: (number | string)[], { type = 'float32', more = 0 } = {}): GraphInfo {
  const extra = Array.from({ length: more }, (_, at) => ({ name: `constant-${at}`, type, dims: [3] }));
  return {
    ...{ fileBytes: 1, irVersion: 10, producer: 'a test', opsets: {}, nodes: 1, operators: {}, weights: {} },
    inputs: [{ name: 'image', type, dims }, ...extra],
    outputs: [{ name: 'logits', type, dims: [1, 2] }],
  };
}

test('a graph of the other layout: what to write into the card', () => {
  expect(adviceFor(CARD, graphOf([1, 8, 8, 3]))).toEqual(['Write "layout": "nhwc" into the card.']);
  expect(adviceFor(CARD, graphOf(['batch', 8, 8, 3]))).toEqual(['Write "layout": "nhwc" into the card.']);
});

test('inputs that an exporter left behind are named', () => {
  const [advice] = adviceFor(CARD, graphOf([1, 3, 8, 8], { more: 2 }));
  expect(advice).toContain('image, constant-0, constant-1');
});

test('half floats at the ends: how to convert with the ends kept', () => {
  expect(adviceFor(CARD, graphOf([1, 3, 8, 8], { type: 'float16' }))).toEqual([
    'Convert to float16 with the inputs and outputs kept (keep_io_types=True).',
  ]);
});

test('a batch of another size', () => {
  expect(adviceFor(CARD, graphOf([8, 3, 8, 8]))).toEqual(['Export it for a batch of 1.']);
});

test('nothing to say of a graph that is right, or wrong in another way', () => {
  expect(adviceFor(CARD, graphOf([1, 3, 8, 8]))).toEqual([]);
  expect(adviceFor(CARD, graphOf([1, 3, 9, 9]))).toEqual([]);
});
