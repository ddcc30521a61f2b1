/** Masks of partial responses. */

import { expect, test } from 'vitest';
import fc from '../../../../test/fixtures/properties.ts';
import { applyFields, parseFields } from './fields.ts';

const RESOURCE = {
  kind: 'list',
  nextPageToken: 't',
  items: [
    { name: 'a', size: '1', metadata: { x: '1', y: '2' } },
    { name: 'b', size: '2' },
  ],
};

test.each<[string, object]>([
  ['kind', { kind: 'list' }],
  ['nextPageToken,items(name)', { nextPageToken: 't', items: [{ name: 'a' }, { name: 'b' }] }],
  ['items/name', { items: [{ name: 'a' }, { name: 'b' }] }],
  ['items(metadata/x,size)', { items: [{ size: '1', metadata: { x: '1' } }, { size: '2' }] }],
  ['items/metadata(y)', { items: [{ metadata: { y: '2' } }, {}] }],
  [
    'items/*/x',
    {
      items: [
        { name: 'a', size: '1', metadata: { x: '1' } },
        { name: 'b', size: '2' },
      ],
    },
  ],
  ['*', RESOURCE],
  [
    'items(name),items(size)',
    {
      items: [
        { name: 'a', size: '1' },
        { name: 'b', size: '2' },
      ],
    },
  ],
  ['items(name),items', { items: RESOURCE.items }],
  ['none', {}],
])('%s', (mask, expected) => {
  expect(applyFields(parseFields(mask), RESOURCE)).toEqual(expected);
});

test.each([
  '',
  ',',
  'a,',
  'a(',
  'a()',
  'a(b',
  'a)b',
  'a//b',
  '(a)',
  'a/',
  `${'a('.repeat(1000)}`,
  'x'.repeat(5000),
])('%j is no mask', (mask) => {
  expect(() => parseFields(mask)).toThrow('Invalid field selection.');
});

test('any text is a mask or refused, and what is kept was there', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ab,/()*]{0,30}$/), (mask) => {
      let parsed: ReturnType<typeof parseFields>;
      try {
        parsed = parseFields(mask);
      } catch (error) {
        expect((error as Error).name).toBe('ApiError');
        return;
      }
      expect({ a: { b: 1 }, b: [{ a: 1 }] }).toMatchObject(
        applyFields(parsed, { a: { b: 1 }, b: [{ a: 1 }] }) as object,
      );
    }),
  );
});
