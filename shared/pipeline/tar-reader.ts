/** Reads a tar of plain files as it streams by, and finds every way in which it is not whole; nothing is held. */

export const TAR_BLOCK_BYTES = 512;

const CHECKSUM_AT = 148;
const CHECKSUM_END = 156;
const PLAIN_FILE = '0'.charCodeAt(0);

/** What is wrong with the archive, and where. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

export interface TarFile {
  readonly name: string;
  readonly sizeBytes: number;
  /** The block before its content. */
  readonly header: Uint8Array;
  /** May be left unread. Throws a TarError where the archive ends before the file. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The files in order; a file's content can be read until the next one is asked for. Ends after the end of the archive and
 * throws a TarError when there is none, when something follows it, or for anything but plain files.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarFile> {
  const source = new ByteSource(chunks);
  try {
    for (;;) {
      const header = await source.take(TAR_BLOCK_BYTES);
      if (isEmpty(header)) break;
      const { name, sizeBytes } = readHeader(header, source.at - TAR_BLOCK_BYTES);
      const rest = { bytes: sizeBytes };
      yield { name, sizeBytes, header, content: source.stream(rest) };
      for await (const _ of source.stream(rest));
      await source.take((TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES);
    }
    if (!isEmpty(await source.take(TAR_BLOCK_BYTES))) throw new TarError('the end of the archive is cut');
    for await (const chunk of source.rest())
      if (!isEmpty(chunk)) throw new TarError('something follows the end of the archive');
  } finally {
    await source.close();
  }
}

function readHeader(header: Buffer, at: number): { name: string; sizeBytes: number } {
  const sum = header.reduce(
    (total, byte, i) => total + (i >= CHECKSUM_AT && i < CHECKSUM_END ? 0x20 : byte),
    0,
  );
  if (octal(header, CHECKSUM_AT, 8) !== sum) throw new TarError(`there is no file header at byte ${at}`);
  if (header[156] !== PLAIN_FILE) throw new TarError(`the entry at byte ${at} is no plain file`);
  const sizeBytes = octal(header, 124, 12);
  if (sizeBytes === undefined) throw new TarError(`the header at byte ${at} has no size`);
  return { name: textOf(header, 0, 100), sizeBytes };
}

function octal(header: Buffer, from: number, length: number): number | undefined {
  const digits = textOf(header, from, length).trim();
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

/** Up to the first NUL. */
function textOf(header: Buffer, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end === -1 ? length : end);
}

function isEmpty(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

/** A stream of chunks, taken by numbers of bytes. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  at = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes. */
  async take(bytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.stream({ bytes })) pieces.push(piece);
    return Buffer.concat(pieces, bytes);
  }

  /** As many bytes as `left` says, in pieces; counts it down. */
  async *stream(left: { bytes: number }): AsyncGenerator<Uint8Array> {
    while (left.bytes > 0) {
      if (this.#chunk.byteLength === 0 && !(await this.#pull())) {
        throw new TarError(`the archive ends at byte ${this.at}, in the middle`);
      }
      const piece = this.#chunk.subarray(0, left.bytes);
      this.#chunk = this.#chunk.subarray(piece.byteLength);
      this.at += piece.byteLength;
      left.bytes -= piece.byteLength;
      yield piece;
    }
  }

  async *rest(): AsyncGenerator<Uint8Array> {
    do yield this.#chunk;
    while (await this.#pull());
  }

  /** Lets go of the stream, wherever reading stopped. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #pull(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done === true) return false;
    this.#chunk = next.value;
    return true;
  }
}
