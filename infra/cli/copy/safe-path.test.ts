import { resolve, sep } from 'node:path';
import { expect, test } from 'vitest';
import fc from '../../../test/fixtures/properties.ts';
import { pathInside } from './safe-path.ts';

test('plain names become paths below the folder', () => {
  expect(pathInside('out', 'a/b c.tar', 'linux')).toBe(`out${sep}a${sep}b c.tar`);
  expect(pathInside('out', '..a/...', 'linux')).toBe(`out${sep}..a${sep}...`);
});

test.each(['../x', 'a/../../x', '/etc/passwd', 'a//b', './a', 'a/.', '..', '', 'a\0b'])(
  '%j is refused',
  (name) => {
    expect(pathInside('out', name, 'linux')).toBeUndefined();
  },
);

test.each(['..\\x', 'C:x', 'a/b\\..\\c'])(
  '%j is refused on Windows, where it means another place',
  (name) => {
    expect(pathInside('out', name, 'win32')).toBeUndefined();
  },
);

test('no name leads outside', () => {
  const segment = fc.oneof(fc.constantFrom('.', '..', '', '...', '/'), fc.string());
  fc.assert(
    fc.property(fc.array(segment), (segments) => {
      const path = pathInside('/base/out', segments.join('/'), 'linux');
      return path === undefined || resolve(path).startsWith('/base/out/');
    }),
  );
});
