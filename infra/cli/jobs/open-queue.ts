/** Opens the queue of the boxes, so that a command can send them a task. */

import type { TaskQueue } from '../../../shared/tasks/task-queue.ts';
import type { CloudOptions } from '../cloud-options.ts';
import { CommandError, EXIT } from '../command-error.ts';

/**
 * The queue of the cloud that the options name. Where the boxes are reached is known of a Pillbox that runs here;
 * elsewhere it is told by PILLBOX_BOX_URL. Throws a CommandError (bad usage) that names the variable that is missing.
 */
export async function openQueue({ google, endpoint, data }: CloudOptions): Promise<TaskQueue> {
  const [{ readBoxEnvironment }, { openGoogleQueue }, { readRunFile }] = await Promise.all([
    import('../../../shared/box/box-environment.ts'),
    import('../../../shared/tasks/google-task-queue.ts'),
    import('../../local/run-file.ts'),
  ]);
  const env = readBoxEnvironment(process.env);
  const running = google === true ? undefined : await readRunFile(data);
  const cloud = google === true ? undefined : (endpoint ?? env.PILLBOX_CLOUD_ENDPOINT ?? running?.cloud);
  const isHere = running !== undefined && cloud === running.cloud;
  const boxUrl = env.PILLBOX_BOX_URL ?? (isHere ? `${running.boxes}/{box}` : undefined);
  if (boxUrl === undefined) throw missing('PILLBOX_BOX_URL', 'where boxes are reached, with {box} in it');
  if (google === true && process.env['PILLBOX_PROJECT'] === undefined) {
    throw missing('PILLBOX_PROJECT', 'the project of the queues');
  }
  return openGoogleQueue({
    endpoint: cloud,
    projectId: env.PILLBOX_PROJECT,
    location: env.PILLBOX_LOCATION,
    boxUrl,
    serviceAccount: env.PILLBOX_TASKS_SERVICE_ACCOUNT,
  });
}

function missing(variable: string, what: string): CommandError {
  return new CommandError(EXIT.usage, `tasks cannot be sent: set the variable ${variable} (${what})`);
}
