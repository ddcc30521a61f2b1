/** Goes through unmatched.jsonl: a line for every study that the join left out, and its reason. */

import * as z from 'zod';
import { readLines } from '../../../shared/pipeline/lines.ts';
import { parseOrUndefined } from './parse-json.ts';
import type { Problems } from './problems.ts';

/** Two ids and a word. */
const LINE_LIMIT_BYTES = 4 * 1024;

const unmatchedSchema = z.object({ subject_id: z.int(), study_id: z.int(), reason: z.string() });

/** Compares the lines of each reason with what metadata.json counts. */
export async function checkUnmatched(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  { problems, unmatched }: { problems: Problems; unmatched: Readonly<Record<string, { count: number }>> },
): Promise<void> {
  const found = new Map(Object.keys(unmatched).map((reason) => [reason, 0]));
  let lines = 0;
  try {
    for await (const line of readLines(bytes, LINE_LIMIT_BYTES)) {
      lines += 1;
      const { success, data } = unmatchedSchema.safeParse(parseOrUndefined(line));
      const before = success ? found.get(data.reason) : undefined;
      if (!success || before === undefined) problems.add(file, `line ${lines} is no study that was left out`);
      else found.set(data.reason, before + 1);
    }
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    problems.add(file, `line ${lines + 1}: ${error.message}`);
    return;
  }
  for (const [reason, { count }] of Object.entries(unmatched)) {
    const is = found.get(reason) ?? 0;
    if (is !== count) problems.add(file, `has ${is} studies of ${reason}, metadata.json says ${count}`);
  }
}
