import { expect, test } from 'vitest';
import { readCpuFlags, sameFlags } from './pack-platform.ts';

test('reads the decisive flags of x64 and of arm64, in alphabetical order', () => {
  const x64 = 'processor : 0\nflags\t\t: fpu sse2 fma avx2 avx hypervisor avx512f\nbugs : none\n';
  expect(readCpuFlags({ arch: 'x64', cpuInfo: x64 })).toEqual(['x64', 'avx', 'avx2', 'avx512f', 'fma']);
  const arm64 = 'processor\t: 0\nFeatures\t: fp asimd asimddp sve i8mm\n';
  expect(readCpuFlags({ arch: 'arm64', cpuInfo: arm64 })).toEqual([
    'arm64',
    'asimd',
    'asimddp',
    'i8mm',
    'sve',
  ]);
});

test('without /proc/cpuinfo the architecture stands alone', () => {
  expect(readCpuFlags({ arch: 'arm64', cpuInfo: '' })).toEqual(['arm64']);
});

test('order does not matter, a flag more or less does', () => {
  expect(sameFlags(['x64', 'avx', 'fma'], ['x64', 'fma', 'avx'])).toBe(true);
  expect(sameFlags(['x64', 'avx'], ['x64', 'avx', 'avx2'])).toBe(false);
});
