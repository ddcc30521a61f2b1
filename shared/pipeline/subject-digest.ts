/** The keyed digest of a subject: it decides the split, and stands for the subject where identifiers must not be. */

import { createHmac } from 'node:crypto';

/** Of the digest, what the proof of metadata.json is made of. */
export const SUBJECT_DIGEST_BYTES = 16;

/** How a reader of metadata.json makes the same. */
export const SUBJECT_DIGEST_METHOD =
  'HMAC-SHA256(key = seed, "pillbox/split/1\\n" + subject_id), the first 16 bytes';

/** All 32 bytes. Ids 7 and "7" are one subject. */
export function subjectDigest(seed: string, subjectId: string | number): Buffer {
  return createHmac('sha256', seed).update(`pillbox/split/1\n${subjectId}`).digest();
}

/** In [0, 1), evenly spread over subjects: the first 48 bits as a fraction. */
export function drawOf(digest: Buffer): number {
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
