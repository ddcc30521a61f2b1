import { expect, test } from 'vitest';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { endNotice } from './end-notice.ts';

const MIB = 1024 * 1024;

function fnWith(trigger: RegisteredFunction['config']['triggers'][number]): RegisteredFunction {
  const config = {
    description: '',
    memoryMiB: 256,
    cpu: 1,
    concurrency: 1,
    timeoutSeconds: 60,
    maxInstances: 1,
  };
  return {
    name: 'shard',
    folder: '',
    entry: '',
    worker: undefined,
    config: { ...config, triggers: [trigger] },
  };
}

const queue = fnWith({
  kind: 'queue',
  maxAttempts: 100,
  minBackoffSeconds: 1,
  maxBackoffSeconds: 60,
  maxDoublings: 7,
  maxDispatchesPerSecond: 500,
  maxConcurrentDispatches: 1,
});
const http = fnWith({ kind: 'http', edge: false });
const memory = { cause: 'memory', reason: 'SIGKILL', wasReady: true } as const;

test.each([
  [
    queue,
    memory,
    270.2 * MIB,
    1,
    'shard: killed at 271 MiB, limit 256 MiB; its task will be delivered again',
  ],
  [
    queue,
    memory,
    257 * MIB,
    3,
    'shard: killed at 257 MiB, limit 256 MiB; its 3 tasks will be delivered again',
  ],
  [http, memory, 257 * MIB, 2, 'shard: killed at 257 MiB, limit 256 MiB; its 2 requests were answered 502'],
  [
    http,
    { cause: 'unexpected', reason: 'exit code 1', wasReady: true } as const,
    MIB,
    1,
    'shard: its process ended by itself (exit code 1); its request was answered 502',
  ],
  [queue, memory, 257 * MIB, 0, 'shard: killed at 257 MiB, limit 256 MiB; it was at no request'],
])('%#: one line with the limit and what follows', (fn, end, peakBytes, requests, line) => {
  expect(endNotice(fn, end, peakBytes, requests)).toBe(line);
});
