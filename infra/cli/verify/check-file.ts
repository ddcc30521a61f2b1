/** Reads a file to its end and compares it with what metadata.json says of it, whatever else is done with the bytes. */

import { startCrc32c } from '../../../shared/storage/crc32c.ts';
import type { ListedOutput } from './dataset-metadata.ts';
import type { OutputSource } from './output-source.ts';
import type { Problems } from './problems.ts';

/**
 * @param look is given the bytes; where it stops early it has told why, and the checksum is not looked at.
 */
export async function checkFile(
  source: OutputSource,
  output: ListedOutput,
  { problems, look }: { problems: Problems; look(bytes: AsyncIterable<Uint8Array>): Promise<void> },
): Promise<void> {
  const checksum = startCrc32c();
  let sizeBytes = 0;
  let ended = false;
  async function* measured(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.read(output.name)) {
      sizeBytes += chunk.byteLength;
      checksum.update(chunk);
      yield chunk;
    }
    ended = true;
  }
  await look(measured());
  if (!ended) return;
  if (sizeBytes !== output.sizeBytes) {
    problems.add(output.name, `has ${sizeBytes} bytes, metadata.json says ${output.sizeBytes}`);
  } else if (checksum.toBase64() !== output.crc32c) {
    problems.add(
      output.name,
      `its bytes are not those that were written: crc32c ${checksum.toBase64()}, metadata.json says ${output.crc32c}`,
    );
  }
}
