/** Gives the memory of arrays back at once: garbage collection may wait for more of them than a box has room for, or run for their sake alone. */

/** Above the size of the buffers that Node hands out in parts. */
const LARGE_BYTES = 2 ** 17;

/** Nothing that shares the array's buffer can be used after it. Small parts of a buffer are left to be collected. */
export function freeMemory({ buffer, byteLength }: ArrayBufferView): void {
  if (!(buffer instanceof ArrayBuffer)) return;
  if (byteLength === buffer.byteLength || buffer.byteLength >= LARGE_BYTES) buffer.transfer(0);
}
