/** What a user is told when a process of a box ends without having been asked to. */

import type { RegisteredFunction } from '../../registry/registry.ts';
import type { InstanceEnd } from './box-instance.ts';

/**
 * @param heldPeakBytes the most that it held against its limit
 * @param requests how many requests the process had when it ended
 */
export function endNotice(
  fn: RegisteredFunction,
  end: InstanceEnd,
  heldPeakBytes: number,
  requests: number,
): string {
  const peakMiB = Math.ceil(heldPeakBytes / (1024 * 1024));
  const what =
    end.cause === 'memory'
      ? `killed at ${peakMiB} MiB, limit ${fn.config.memoryMiB} MiB`
      : `its process ended by itself (${end.reason})`;
  return `${fn.name}: ${what}; ${consequence(fn, requests)}`;
}

function consequence(fn: RegisteredFunction, requests: number): string {
  if (requests === 0) return 'it was at no request';
  if (fn.config.triggers.some((trigger) => trigger.kind === 'queue')) {
    return requests === 1
      ? 'its task will be delivered again'
      : `its ${requests} tasks will be delivered again`;
  }
  return requests === 1 ? 'its request was answered 502' : `its ${requests} requests were answered 502`;
}
