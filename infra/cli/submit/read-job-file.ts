/** Reads a job.json of this machine. */

import { open } from 'node:fs/promises';
import { CommandError, EXIT } from '../command-error.ts';

/** As much as the plan box reads of a job. */
export const JOB_LIMIT_BYTES = 64 * 1024;

/** Throws a CommandError when there is no such file, and when it is too large. */
export async function readJobFile(file: string): Promise<string> {
  await using handle = await open(file).catch((cause: unknown) => {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw isAbsent ? new CommandError(EXIT.notFound, `there is no ${file}`, { cause }) : cause;
  });
  const buffer = Buffer.alloc(JOB_LIMIT_BYTES + 1);
  let filled = 0;
  // A pipe gives what it has: a read may come short before the end.
  for (let read = 1; read > 0 && filled < buffer.length; filled += read) {
    ({ bytesRead: read } = await handle.read(buffer, filled, buffer.length - filled));
  }
  if (filled > JOB_LIMIT_BYTES)
    throw new CommandError(EXIT.failed, `${file} is larger than ${JOB_LIMIT_BYTES} bytes`);
  return buffer.toString('utf8', 0, filled);
}
