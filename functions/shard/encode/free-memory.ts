/** Gives the memory of large arrays back at once: garbage collection may wait for more of them than a box has room for. */

/** Above the size of the buffers that Node hands out in parts. */
const LARGE_BYTES = 2 ** 17;

/** Nothing that shares the array's buffer can be used after it. Small ones are left to be collected. */
export function freeMemory({ buffer }: ArrayBufferView): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= LARGE_BYTES) buffer.transfer(0);
}
