/** How Node is started for a box of a given memory limit: on a laptop by the supervisor, in production by its container. */

export interface BoxProcessOptions {
  readonly nodeFlags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/**
 * About 50 MiB of a box is Node itself, and decoded images and models live outside V8's heap; the heap gets what a
 * limit of 256 MiB can spare beside them, 102 MiB.
 */
const HEAP_SHARE = 0.4;
/** Up to three semi-spaces are resident at once; Node's own 16 MiB each would be a fifth of a small box. */
const SEMI_SPACE_SHARE = 1 / 256;
const SEMI_SPACE_MAX_MIB = 16;

/**
 * @param heapGrowthPercent what the old heap may grow by from one collection to the next; absent = as V8 has it: in
 * the shard step (`--trace-gc`) a twentieth of 22 MiB, and a collection for every seventeen records.
 */
export function boxProcessOptions(memoryMiB: number, heapGrowthPercent?: number): BoxProcessOptions {
  const heapMiB = Math.floor(memoryMiB * HEAP_SHARE);
  const semiSpaceMiB = Math.min(SEMI_SPACE_MAX_MIB, Math.max(1, Math.floor(memoryMiB * SEMI_SPACE_SHARE)));
  return {
    nodeFlags: [
      `--max-old-space-size=${heapMiB}`,
      `--max-semi-space-size=${semiSpaceMiB}`,
      ...(heapGrowthPercent === undefined ? [] : [`--heap-growing-percent=${heapGrowthPercent}`]),
    ],
    env: {
      MEMORY_LIMIT_MIB: String(memoryMiB),
      // glibc: one arena in place of eight per core, and freed blocks of 64 KiB and more go back to the system at once (of 128 KiB: 7 MiB more after a thousand mixed requests).
      MALLOC_ARENA_MAX: '1',
      MALLOC_MMAP_THRESHOLD_: '65536',
      MALLOC_TRIM_THRESHOLD_: '65536',
    },
  };
}
