import { expect, test } from 'vitest';
import { CommandError, EXIT } from './command-error.ts';
import { gsUrl, parseGsUrl } from './gs-url.ts';

test('gs:// is read and written back', () => {
  expect(parseGsUrl('gs://b/a/b c')).toEqual({ bucket: 'b', name: 'a/b c' });
  expect(parseGsUrl('gs://b')).toEqual({ bucket: 'b', name: '' });
  expect(gsUrl({ bucket: 'b', name: 'x/' })).toBe('gs://b/x/');
  for (const bad of ['gs://', 'gs:///x', 'b/x']) {
    expect(() => parseGsUrl(bad)).toThrow(
      expect.objectContaining({ exitCode: EXIT.usage, name: CommandError.name }),
    );
  }
});
