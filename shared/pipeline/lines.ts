/** The lines of a streamed text, one at a time, under a limit. */

const LINE_FEED = 0x0a;

/** Throws RangeError for a longer line, TypeError for what is not UTF-8. The last line needs no line feed. */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  const hold = (piece: Uint8Array) => {
    sizeBytes += piece.byteLength;
    if (sizeBytes > limitBytes) throw new RangeError(`a line has more than ${limitBytes} bytes`);
    pieces.push(piece);
  };
  const end = () => {
    const line = decoder.decode(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
    pieces = [];
    sizeBytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      hold(chunk.subarray(from, to));
      yield end();
      from = to + 1;
    }
    if (from < chunk.byteLength) hold(chunk.subarray(from));
  }
  if (sizeBytes > 0) yield end();
}
