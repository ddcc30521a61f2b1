/** Reads what the join of a job came to, once it is over. */

import { TerminalError } from '../../../shared/errors/terminal-error.ts';
import { type JoinSummary, readJoinSummary } from '../../../shared/pipeline/join-report.ts';
import type { Progress } from '../../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';

/** The code of a job that ended because none of its studies matched: the report says why. */
const NOTHING_MATCHED = 'join-empty';

/** Undefined for a job that does not join, has not done so yet, or whose report is gone or of another version. */
export async function readJoinOf(
  store: ObjectStore,
  job: string,
  { join, error }: Progress,
): Promise<JoinSummary | undefined> {
  // What lies there before is of an earlier job of this name.
  if (join?.step !== 'done' && error?.code !== NOTHING_MATCHED) return undefined;
  try {
    return await readJoinSummary(store, job);
  } catch (thrown) {
    // The state of the job is worth more than its counts.
    if (thrown instanceof TerminalError) return undefined;
    throw thrown;
  }
}
