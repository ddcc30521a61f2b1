import { expect, test } from 'vitest';
import { parseProcStatus, readOwnMemory } from './memory-meter.ts';

const MIB = 1024 * 1024;

test('reads the memory lines of a status file', () => {
  const text =
    'Name:\tnode\nVmPeak:\t 9999999 kB\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nRssAnon:\t   51200 kB\nRssFile:\t   51100 kB\n';
  expect(parseProcStatus(text)).toEqual({
    residentBytes: 100 * MIB,
    peakBytes: 200 * MIB,
    anonymousBytes: 50 * MIB,
    fileBytes: 51100 * 1024,
  });
});

test('a process that has ended has no reading', () => {
  expect(parseProcStatus('Name:\tnode\nState:\tZ (zombie)\nPid:\t7\n')).toBeUndefined();
});

test('the peak is never below what is resident', () => {
  expect(parseProcStatus('VmHWM:\t 100 kB\nVmRSS:\t 120 kB\n')?.peakBytes).toBe(120 * 1024);
});

/** Held to the end of the file: a block freed between two readings would hide the next one. */
const held: Buffer[] = [];

test.each([process.platform, 'sunos' as const])('this process, on %s: native memory counts', (platform) => {
  const before = readOwnMemory(platform);
  held.push(Buffer.alloc(64 * MIB, 1));
  const during = readOwnMemory(platform);
  expect(during.residentBytes - before.residentBytes).toBeGreaterThan(56 * MIB);
  expect(during.peakBytes).toBeGreaterThanOrEqual(during.residentBytes);
});
