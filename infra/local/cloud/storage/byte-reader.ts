/** Reads a stream of chunks up to a delimiter, holding no more of it than the delimiter or a stated limit needs. */

export type ByteSource = AsyncIterable<Buffer>;

export interface ByteReader {
  /** Puts bytes in front of what is still unread. */
  unshift(bytes: Buffer): void;
  /** The bytes before `delimiter`, which is consumed; undefined when it does not come within `limitBytes`. */
  readUntil(delimiter: Buffer, limitBytes: number): Promise<Buffer | undefined>;
  /** Yields the bytes before `delimiter`, which is consumed; returns false when the source ends without it. */
  streamUntil(delimiter: Buffer): AsyncGenerator<Buffer, boolean>;
  /** Up to `sizeBytes` bytes; fewer only at the end. */
  readAtMost(sizeBytes: number): Promise<Buffer>;
  /** Reads on to the end, or until more than `limitBytes` have come. */
  skipRest(limitBytes: number): Promise<void>;
}

export function createByteReader(source: ByteSource): ByteReader {
  const chunks = source[Symbol.asyncIterator]();
  let unread: Buffer = Buffer.alloc(0);

  async function pull(): Promise<boolean> {
    const { done, value } = await chunks.next();
    if (done === true) return false;
    unread = unread.length === 0 ? value : Buffer.concat([unread, value]);
    return true;
  }

  function take(sizeBytes: number): Buffer {
    const taken = unread.subarray(0, sizeBytes);
    unread = unread.subarray(sizeBytes);
    return taken;
  }

  async function* streamUntil(delimiter: Buffer): AsyncGenerator<Buffer, boolean> {
    const tailBytes = delimiter.length - 1;
    for (;;) {
      const at = unread.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield take(at);
        take(delimiter.length);
        return true;
      }
      // What could be the delimiter's beginning stays until the next chunk tells.
      if (unread.length > tailBytes) yield take(unread.length - tailBytes);
      const tail = unread;
      const { done, value: chunk } = await chunks.next();
      if (done === true) return false;
      // Only the seam is copied: a delimiter that begins in the tail ends within it.
      const seam = Buffer.concat([tail, chunk.subarray(0, tailBytes)]);
      const isOpen = seam.includes(delimiter) || chunk.length < tailBytes;
      unread = isOpen ? Buffer.concat([tail, chunk]) : chunk;
      if (!isOpen && tail.length > 0) yield tail;
    }
  }

  return {
    unshift(bytes) {
      unread = Buffer.concat([bytes, unread]);
    },

    async readUntil(delimiter, limitBytes) {
      const parts: Buffer[] = [];
      let sizeBytes = 0;
      const stream = streamUntil(delimiter);
      for (;;) {
        const { done, value } = await stream.next();
        if (done === true) return value ? Buffer.concat(parts) : undefined;
        sizeBytes += value.length;
        if (sizeBytes > limitBytes) return undefined;
        parts.push(value);
      }
    },

    streamUntil,

    async readAtMost(sizeBytes) {
      while (unread.length < sizeBytes && (await pull()));
      return take(sizeBytes);
    },

    async skipRest(limitBytes) {
      let skippedBytes = take(unread.length).length;
      while (skippedBytes <= limitBytes && (await pull())) skippedBytes += take(unread.length).length;
    },
  };
}
