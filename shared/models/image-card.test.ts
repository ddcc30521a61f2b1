import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseImageCard } from './image-card.ts';

const FUNCTIONS = join(import.meta.dirname, '../../functions');
const read = (file: string) => JSON.parse(readFileSync(join(FUNCTIONS, file), 'utf8'));
const card = read('diabetes/models/retina.card.json');

test('the bundled cards are demo cards that can be made', () => {
  for (const file of ['diabetes/models/retina.card.json', 'heart/models/ecg.card.json']) {
    expect(parseImageCard(read(file))).toMatchObject({ demo: true, generate: { seed: 1 } });
  }
});

test.each([
  ['crop above resize', { preprocessing: { ...card.preprocessing, crop: 300 } }, /preprocessing.crop/],
  ['a deviation of zero', { preprocessing: { ...card.preprocessing, std: [1, 0, 1] } }, /preprocessing.std/],
  [
    'classes that are all healthy',
    {
      classes: [
        { name: 'a', diseased: false },
        { name: 'b', diseased: false },
      ],
    },
    /classes/,
  ],
  [
    'two classes of one name',
    {
      classes: [
        { name: 'a', diseased: false },
        { name: 'a', diseased: true },
      ],
    },
    /differ/,
  ],
  ['weights that do not add up', { fusion: { ...card.fusion, imageWeight: 0.5 } }, /add up to 1/],
  [
    'risk levels that fall',
    {
      risk: [
        { level: 'low', from: 0 },
        { level: 'high', from: 0 },
      ],
    },
    /rise/,
  ],
  ['a file in another folder', { file: '../../escaped.onnx' }, /file/],
  ['generated weights that claim to be trained', { demo: false }, /demo: must be true/],
  ['an unknown key', { colour: 'red' }, /colour/],
])('%s is refused by name', (_name, change, message) => {
  expect(() => parseImageCard({ ...card, ...change })).toThrow(message);
});
