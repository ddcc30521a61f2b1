import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { npy } from './npy.ts';

const text = (file: Uint8Array) => Buffer.from(file).toString('latin1');

test('the file is what numpy.save writes', () => {
  const file = npy('<f4', [3], Float32Array.of(1, -2.5, Number.NaN));
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  expect(text(file.subarray(0, 128))).toBe(`\x93NUMPY\x01\0\x76\0${header.padEnd(117)}\n`);
  expect(Buffer.from(file.subarray(128)).toString('hex')).toBe('0000803f000020c00000c07f');
});

test.each([
  ['|u1', [2, 3], Uint8Array.of(1, 2, 3, 4, 5, 255), '(2, 3)'],
  ['<u2', [2], Uint16Array.of(1, 65_535), '(2,)'],
  ['<u4', [1], Uint32Array.of(2 ** 32 - 1), '(1,)'],
  ['|b1', [2], Uint8Array.of(0, 1), '(2,)'],
  ['<u2', [0], new Uint16Array(0), '(0,)'],
  ['|u1', [], Uint8Array.of(7), '()'],
  [
    '|u1',
    [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
    Uint8Array.of(7),
    '(1, 1',
  ],
] as const)('%s of %j', (dtype, shape, data, tuple) => {
  const file = Buffer.from(npy(dtype, shape, data));
  const start = 10 + file.readUInt16LE(8);
  expect(start % 64).toBe(0);
  expect(text(file.subarray(10, start))).toContain(
    `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}`,
  );
  expect(file.subarray(start).equals(new Uint8Array(data.buffer))).toBe(true);
});

test('a view of a larger buffer gives its own values alone', () => {
  const view = Uint16Array.of(1, 2, 3, 4).subarray(1, 3);
  expect(
    Buffer.from(npy('<u2', [2], view))
      .subarray(-4)
      .toString('hex'),
  ).toBe('02000300');
});

test('values that are not what type and shape say are refused', () => {
  expect(() => npy('<u2', [2], Uint8Array.of(1, 2))).toThrow('not of type <u2');
  expect(() => npy('<u4', [1], Float32Array.of(1))).toThrow('not of type <u4');
  expect(() => npy('<f4', [1], Uint32Array.of(1))).toThrow('not of type <f4');
  expect(() => npy('|u1', [3], Uint8Array.of(1, 2))).toThrow('2 values do not have the shape (3)');
  expect(() => npy('|u1', [-1, -2], Uint8Array.of(1, 2))).toThrow(RangeError);
  expect(() => npy('|u1', [0.5, 4], Uint8Array.of(1, 2))).toThrow(RangeError);
});

const PYTHON = process.env['PILLBOX_PYTHON'] ?? 'python3';
const hasNumpy = (() => {
  try {
    execFileSync(PYTHON, ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test('numpy.load reads it', ({ skip }) => {
  if (!hasNumpy) return skip(`${PYTHON} has no numpy; PILLBOX_PYTHON names another`);
  const folder = mkdtempSync(join(tmpdir(), 'pillbox-'));
  try {
    writeFileSync(join(folder, 'a.npy'), npy('<f4', [2, 2], Float32Array.of(1, 2, 3, 4)));
    const code = `import numpy; a = numpy.load('a.npy'); print(a.dtype, a.tolist())`;
    const printed = execFileSync(PYTHON, ['-c', code], { cwd: folder, encoding: 'utf8' });
    expect(printed.trim()).toBe('float32 [[1.0, 2.0], [3.0, 4.0]]');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
