/** Whether a packed graph was made for this processor and this ONNX Runtime; where not, says so. */

import { readRuntimeVersion } from './onnx-session.ts';
import { readCpuFlags, sameFlags } from './pack-platform.ts';

const CONSEQUENCE = 'the unpacked graph is used, with more memory and a slower start';

export interface PackedFor {
  readonly cpuFlags: readonly string[];
  readonly runtimeVersion: string;
}

export async function suitsHere(
  packed: PackedFor,
  warn: (message: string, fields: Readonly<Record<string, string>>) => void = () => undefined,
): Promise<boolean> {
  const version = await readRuntimeVersion();
  if (packed.runtimeVersion !== version) {
    warn(`packed for another ONNX Runtime: ${CONSEQUENCE}`, {
      packedFor: packed.runtimeVersion,
      here: version,
    });
    return false;
  }
  const here = readCpuFlags();
  if (sameFlags(packed.cpuFlags, here)) return true;
  warn(`packed for another processor: ${CONSEQUENCE}`, {
    packedFor: packed.cpuFlags.join(' '),
    here: here.join(' '),
  });
  return false;
}
