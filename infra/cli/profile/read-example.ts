/** The example request of a function, asked of a process of its own, so that the one that is measured stays cold. */

import { BoxInstance } from '../../local/supervisor/box-instance.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { lastWords } from '../last-words.ts';
import { readSampleRequests } from '../openapi-examples.ts';
import type { ProfileOptions } from './profile-function.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 2_000;

/** @param path at the function itself. Throws a CommandError (3) that names the paths which have an example. */
export async function readExample(
  start: Pick<ProfileOptions, 'fn' | 'environment'>,
  method: string,
  path: string,
): Promise<string> {
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  const box = new BoxInstance({
    ...start,
    onLine,
    startTimeoutMs: START_TIMEOUT_MS,
    cgroupParent: undefined,
  });
  try {
    await box.ready.catch((cause: Error) => {
      throw new CommandError(EXIT.failed, `${start.fn.name}: ${cause.message}${lastWords(lines)}`, { cause });
    });
    const samples = await readSampleRequests(`http://127.0.0.1:${box.port}`, start.fn.name);
    const [plainPath] = path.split('?', 1);
    const found = method === 'POST' ? samples.find((sample) => sample.path === plainPath) : undefined;
    if (found !== undefined) return found.body;
    const known = samples.map((sample) => `POST ${sample.path}`).join(', ');
    throw new CommandError(
      EXIT.notFound,
      `the API of ${start.fn.name} has no example of that; it has: ${known === '' ? 'none' : known}`,
    );
  } finally {
    await box.stop(STOP_GRACE_MS);
  }
}
