import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseImageCard } from '../../models/image-card.ts';
import { efficientnetB0 } from './efficientnet-b0.ts';
import { countParameters } from './network.ts';
import { resnet50 } from './resnet50.ts';
import { onnxChunks } from './write-onnx.ts';

const ROOT = join(import.meta.dirname, '../../..');

test('the networks have as many parameters as were published', () => {
  expect(countParameters(resnet50('image', 1000))).toBe(25_557_032);
  expect(countParameters(efficientnetB0('image', 1000))).toBe(5_288_548);
});

test.each(['functions/diabetes/models/retina.card.json', 'functions/heart/models/ecg.card.json'])(
  'the generator writes the bytes of %s',
  (file) => {
    const card = parseImageCard(JSON.parse(readFileSync(join(ROOT, file), 'utf8')));
    const architecture = card.generate?.architecture === 'resnet50' ? resnet50 : efficientnetB0;
    const about = {
      name: card.name,
      seed: card.generate?.seed ?? 0,
      input: card.input,
      inputDims: [1, 3, card.preprocessing.crop, card.preprocessing.crop],
      classes: card.classes.length,
    };
    const hash = createHash('sha256');
    let bytes = 0;
    let largestBytes = 0;
    for (const chunk of onnxChunks(architecture(card.input, card.classes.length), about)) {
      hash.update(chunk);
      bytes += chunk.byteLength;
      largestBytes = Math.max(largestBytes, chunk.byteLength);
    }
    expect(bytes).toBe(card.bytes);
    expect(hash.digest('hex')).toBe(card.sha256);
    expect(largestBytes, 'no chunk holds much of the model').toBeLessThanOrEqual(256 * 1024);
  },
);
