/** Reads the report of one record, where it is an object of its own. */

import type { ObjectLocation } from '../../shared/pipeline/object-location.ts';
import type { OpenStore } from '../../shared/storage/object-store.ts';
import { ObjectNotFoundError, StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { RecordFailure } from './record-failure.ts';

/** A long report is 20 KB. */
export const REPORT_LIMIT_BYTES = 256 * 1024;

/**
 * Asks for no more than the limit and a byte, however large the object is.
 * @param image the image as the manifest names it, for the failure.
 * Throws a RecordFailure ('report-missing', 'report-refused', 'report-too-large', 'report-not-text'), and a RetryableError.
 */
export async function readReport(
  openInput: OpenStore,
  { bucket, name }: ObjectLocation,
  image: string,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    const range = { startByte: 0, endByteExclusive: REPORT_LIMIT_BYTES + 1 };
    for await (const chunk of openInput(bucket).read(name, range)) chunks.push(chunk);
  } catch (error) {
    if (error instanceof ObjectNotFoundError)
      throw new RecordFailure('report-missing', 'there is no such report', image);
    if (!(error instanceof StorageRefusedError)) throw error;
    throw new RecordFailure('report-refused', `the box may not read the report (${error.status})`, image);
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.byteLength > REPORT_LIMIT_BYTES) {
    throw new RecordFailure(
      'report-too-large',
      `the report has more than ${REPORT_LIMIT_BYTES} bytes`,
      image,
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new RecordFailure('report-not-text', 'the report is no text in UTF-8', image);
  }
}
