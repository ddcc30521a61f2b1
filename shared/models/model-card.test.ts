import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { parseModelCard } from './model-card.ts';

const CARD_FILE = join(import.meta.dirname, '../../functions/diabetes/models/diabetes.card.json');
const card = z
  .looseObject({ inputs: z.array(z.looseObject({ name: z.string() })), output: z.looseObject({}) })
  .parse(JSON.parse(readFileSync(CARD_FILE, 'utf8')));

function changed(change: (copy: typeof card) => void): () => unknown {
  const copy = structuredClone(card);
  change(copy);
  return () => parseModelCard(copy);
}

test('reads the bundled card', () => {
  expect(parseModelCard(card).inputs.map((input) => input.name)).toContain('glucose');
});

test.each<[string, RegExp, (copy: typeof card) => void]>([
  ['a key missing', /intendedUse/, (copy) => delete copy['intendedUse']],
  ['an unknown key', /intendedUsage/, (copy) => Object.assign(copy, { intendedUsage: '' })],
  [
    'two inputs of a name',
    /inputs\.1\.name: is used twice/,
    ({ inputs }) => Object.assign(inputs[1] ?? {}, { name: inputs[0]?.name }),
  ],
  [
    'an empty range',
    /inputs\.0\.max: must be above min/,
    ({ inputs }) => Object.assign(inputs[0] ?? {}, { max: 0 }),
  ],
  [
    'zero for missing in a required input',
    /inputs\.0\.zeroMeansMissing/,
    ({ inputs }) => Object.assign(inputs[0] ?? {}, { zeroMeansMissing: true }),
  ],
  [
    'another positive class',
    /positiveClass/,
    ({ output }) => Object.assign(output, { positiveClass: 'no diabetes' }),
  ],
  [
    'risk levels that leave a gap',
    /output\.risk: must begin at 0/,
    ({ output }) =>
      Object.assign(output, { risk: [{ level: 'all', from: 0.1, observedRate: 0.5, share: 1 }] }),
  ],
])('refuses %s', (_name, message, change) => {
  expect(changed(change)).toThrow(message);
  expect(changed(change)).toThrow(expect.objectContaining({ code: 'model-invalid' }));
});
