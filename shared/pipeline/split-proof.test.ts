import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import fc from '../../test/fixtures/properties.ts';
import { SPLITS, type Split, splitOfSubject } from './split.ts';
import { passesFor, SplitProofBuilder, sharesSubjects, splitProofSchema } from './split-proof.ts';

interface Placed {
  readonly split: Split;
  readonly subject: string;
}

function prove(placed: readonly Placed[], passes = 1) {
  const builder = new SplitProofBuilder('seed', passes);
  for (let pass = 0; pass < passes; pass++) {
    for (const { split, subject } of placed) builder.add(split, subject);
    builder.endPass();
  }
  return builder.finish();
}

/** By the words of the documentation, with sets and hexadecimal text. */
function expected(placed: readonly Placed[]) {
  const digestsOf = (split: Split) =>
    new Set(
      placed
        .filter((one) => one.split === split)
        .map(({ subject }) =>
          createHmac('sha256', 'seed').update(`pillbox/split/1\n${subject}`).digest('hex').slice(0, 32),
        ),
    );
  const [train, val, test] = SPLITS.map(digestsOf);
  const sumOf = (digests = new Set<string>()) => ({
    subjects: digests.size,
    sha256: createHash('sha256')
      .update(Buffer.from([...digests].toSorted().join(''), 'hex'))
      .digest('hex'),
  });
  const both = (a = new Set<string>(), b = new Set<string>()) => a.intersection(b).size;
  return {
    splits: { train: sumOf(train), val: sumOf(val), test: sumOf(test) },
    shared: { trainVal: both(train, val), trainTest: both(train, test), valTest: both(val, test) },
  };
}

const placed = fc.array(
  fc.record({ split: fc.constantFrom(...SPLITS), subject: fc.string({ maxLength: 3 }) }),
  {
    maxLength: 300,
  },
);

test('the proof is what its description says, whatever the number of passes', () => {
  fc.assert(
    fc.property(placed, fc.integer({ min: 1, max: 9 }), (records, passes) => {
      const proof = prove(records, passes);
      expect(proof).toMatchObject(expected(records));
      expect(splitProofSchema.parse(proof)).toEqual(proof);
    }),
  );
});

test('many records of few subjects, over every growth of its memory', () => {
  const records = Array.from({ length: 20_000 }, (_, i) => {
    const subject = String(i % 7000);
    return { subject, split: splitOfSubject('seed', { train: 0.7, val: 0.15, test: 0.15 }, subject) };
  });
  const proof = prove(records, 3);
  expect(proof).toMatchObject(expected(records));
  expect(sharesSubjects(proof)).toBe(false);
  expect(
    sharesSubjects(prove([...records, { subject: '1', split: 'test' }, { subject: '1', split: 'val' }])),
  ).toBe(true);
});

test('a proof with passes left is none', () => {
  const builder = new SplitProofBuilder('seed', 2);
  builder.endPass();
  expect(() => builder.finish()).toThrow(RangeError);
});

test.each([
  [0, 1],
  [1, 1],
  [250_000, 1],
  [250_001, 2],
])('%i records take %i passes', (records, passes) => {
  expect(passesFor(records)).toBe(passes);
});
