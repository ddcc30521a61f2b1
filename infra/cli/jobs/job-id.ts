/** The name of a job, as an argument. */

import { CommandError, EXIT } from '../command-error.ts';

/** Throws a CommandError (bad usage) for what cannot be the name of a job. */
export async function expectJobId(job: string): Promise<void> {
  const { JOB_ID_PATTERN } = await import('../../../shared/pipeline/job.ts');
  if (JOB_ID_PATTERN.test(job)) return;
  const rule = 'a-z, 0-9, _ and -, at most 63 characters';
  throw new CommandError(EXIT.usage, `${job} is no name of a job: ${rule}`);
}
