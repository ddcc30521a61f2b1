/** The first records of a split as a tar of their own, copied out of the finished tars as they stream by. */

import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { readTar, TAR_BLOCK_BYTES, type TarFile } from '../../shared/pipeline/tar-reader.ts';
import type { ObjectInfo, ObjectStore } from '../../shared/storage/object-store.ts';
import type { WriteBytes } from './extras-output.ts';

/** One request reads so much; at most that is read for nothing. */
const READ_BYTES = 4 * 1024 * 1024;
/** Two empty blocks. */
const END_OF_ARCHIVE = new Uint8Array(2 * TAR_BLOCK_BYTES);

/**
 * Writes a whole tar of the first `records` samples. Throws a TerminalError ('counts-differ') when there are fewer.
 * @param tars of one split, in order.
 */
export async function copySmallSample(
  store: ObjectStore,
  tars: Iterable<ObjectInfo>,
  records: number,
  write: WriteBytes,
): Promise<void> {
  let left = records;
  for (const tar of tars) {
    if (left === 0) break;
    left -= await copySamples(readTar(readInRanges(store, tar)), left, write);
  }
  if (left > 0) {
    throw new TerminalError(
      'counts-differ',
      `${left} of ${records} records are not in the tars of the split`,
    );
  }
  await write(END_OF_ARCHIVE);
}

/** How many samples were copied: all there are, or `most`. */
async function copySamples(files: AsyncIterable<TarFile>, most: number, write: WriteBytes): Promise<number> {
  let samples = 0;
  let lastKey: string | undefined;
  for await (const { name, sizeBytes, header, content } of files) {
    const key = name.slice(0, name.indexOf('.'));
    if (key !== lastKey) {
      if (samples === most) break;
      samples += 1;
      lastKey = key;
    }
    await write(header);
    for await (const chunk of content) await write(chunk);
    const padding = (TAR_BLOCK_BYTES - (sizeBytes % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES;
    if (padding > 0) await write(new Uint8Array(padding));
  }
  return samples;
}

async function* readInRanges(
  store: ObjectStore,
  { name, generation, sizeBytes }: ObjectInfo,
): AsyncGenerator<Uint8Array> {
  for (let startByte = 0; startByte < sizeBytes; startByte += READ_BYTES) {
    const endByteExclusive = Math.min(startByte + READ_BYTES, sizeBytes);
    yield* store.read(name, { generation, startByte, endByteExclusive });
  }
}
