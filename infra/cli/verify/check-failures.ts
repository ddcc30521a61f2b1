/** Goes through failures.jsonl: every line a position and a code that is known. */

import * as z from 'zod';
import { FAILURE_CODES } from '../../../shared/pipeline/failure-codes.ts';
import { readLines } from '../../../shared/pipeline/lines.ts';
import { parseOrUndefined } from './parse-json.ts';
import type { Problems } from './problems.ts';

/** The name of an image of 1024 bytes, and a sentence. */
const LINE_LIMIT_BYTES = 256 * 1024;

const failureSchema = z.object({
  position: z.int().min(0),
  record: z.int().min(1),
  offset: z.int().min(0),
  code: z.enum(FAILURE_CODES),
  message: z.string(),
});

/** Calls `take` for every failure. @returns how many lines there are. */
export async function checkFailures(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  { problems, take }: { problems: Problems; take(position: number): void },
): Promise<number> {
  let lines = 0;
  try {
    for await (const line of readLines(bytes, LINE_LIMIT_BYTES)) {
      lines += 1;
      const parsed = failureSchema.safeParse(parseOrUndefined(line));
      if (parsed.success) take(parsed.data.position);
      else problems.add(file, `line ${lines} is no failure of a record`);
    }
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    problems.add(file, `line ${lines + 1}: ${error.message}`);
  }
  return lines;
}
