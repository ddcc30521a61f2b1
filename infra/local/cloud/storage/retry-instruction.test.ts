/** Instructions of retry tests. */

import { expect, test } from 'vitest';
import { parseInstruction } from './retry-instruction.ts';

test.each<[string, object]>([
  ['return-503', { kind: 'status', status: 503, afterBytes: undefined }],
  ['return-408-after-256K', { kind: 'status', status: 408, afterBytes: 262_144 }],
  ['return-reset-connection', { kind: 'reset' }],
  ['return-broken-stream', { kind: 'cut', afterBytes: 4, of: 'any' }],
  ['return-broken-stream-after-2K', { kind: 'cut', afterBytes: 2048, of: 'any' }],
  ['return-broken-stream-final-chunk-after-7B', { kind: 'cut', afterBytes: 7, of: 'resumable-upload' }],
  ['stall-for-3s-after-1K', { kind: 'stall', afterBytes: 1024, stallMs: 3000 }],
])('%s', (text, fault) => {
  expect(parseInstruction(text)).toEqual(fault);
});

test.each([
  '',
  'return-200',
  'return-999',
  'return-5',
  'return-503-after-K',
  'redirect-send-token-x',
  'return-503\n',
])('%j is none', (text) => {
  expect(parseInstruction(text)).toBeUndefined();
});
