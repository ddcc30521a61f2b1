/** What a packed graph depends on: the instructions of the processor that it was laid out for. */

import { readFileSync } from 'node:fs';

/** The sets that decide which layouts and kernels ONNX Runtime chooses, as Linux names them. */
const DECISIVE: ReadonlySet<string> = new Set([
  ...['avx', 'avx2', 'fma', 'f16c', 'avx512f', 'avx512bw', 'avx512vl', 'avx512dq'],
  ...['avx512_vnni', 'avx_vnni', 'avx512_bf16', 'amx_tile', 'amx_int8', 'amx_bf16'],
  ...['asimd', 'asimdhp', 'asimddp', 'sve', 'sve2', 'i8mm', 'bf16'],
]);

export interface CpuOptions {
  readonly arch?: string;
  /** The text of /proc/cpuinfo; absent where the platform has none. */
  readonly cpuInfo?: string | undefined;
}

/** The architecture first, then the sets in alphabetical order: `['x64', 'avx', 'avx2', 'fma']`. */
export function readCpuFlags(options: CpuOptions = {}): string[] {
  const { arch = process.arch, cpuInfo = readCpuInfo() } = options;
  const listed = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuInfo ?? '')?.[1] ?? '';
  const flags = listed.split(/\s+/).filter((flag) => DECISIVE.has(flag));
  return [arch, ...new Set(flags.sort())];
}

export function sameFlags(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join(' ') === [...b].sort().join(' ');
}

function readCpuInfo(): string | undefined {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return undefined;
  }
}
