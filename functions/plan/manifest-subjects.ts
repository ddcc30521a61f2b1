/** The subject and stratum of every line of a manifest, for what planning counts of them; one line is held at a time. */

import * as z from 'zod';

/** The join makes no longer ones. What is longer fails in its shard, and counts nowhere. */
const LINE_LIMIT_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;

const subjectSchema = z.object({
  subject_id: z.union([z.string(), z.int()]),
  stratum: z.string().optional(),
});

export type ManifestSubject = z.infer<typeof subjectSchema>;

/** Lines that are no records are passed over: their shard says what is wrong with them. */
export async function* manifestSubjects(manifest: AsyncIterable<Uint8Array>): AsyncIterable<ManifestSubject> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const chunk of manifest) {
    let from = 0;
    for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
      held.push(chunk.subarray(from, to));
      const isWhole = heldBytes + to - from <= LINE_LIMIT_BYTES;
      if (isWhole) yield* parse(held);
      [held, heldBytes, from] = [[], 0, to + 1];
    }
    heldBytes += chunk.byteLength - from;
    // A copy: readers may use the memory of a chunk again.
    if (heldBytes <= LINE_LIMIT_BYTES) held.push(Uint8Array.from(chunk.subarray(from)));
    else held = [];
  }
  if (heldBytes <= LINE_LIMIT_BYTES) yield* parse(held);
}

function parse(chunks: readonly Uint8Array[]): ManifestSubject[] {
  try {
    const parsed = subjectSchema.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8')));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
