/** The ports of a box, on the cloud that its environment names. */

import { TerminalError } from '../errors/terminal-error.ts';
import type { OpenStore } from '../storage/object-store.ts';
import type { TaskQueue } from '../tasks/task-queue.ts';
import type { BoxEnvironment } from './box-environment.ts';

export interface CloudPorts {
  readonly openStore: OpenStore;
  readonly queue: TaskQueue;
}

/**
 * Loads the clients only here, as they are heavy; opening touches no network.
 * Throws a TerminalError ('not-configured') without PILLBOX_BOX_URL.
 */
export async function openCloudPorts(env: BoxEnvironment): Promise<CloudPorts> {
  if (env.PILLBOX_BOX_URL === undefined) {
    throw new TerminalError('not-configured', 'environment: PILLBOX_BOX_URL is required');
  }
  const [{ openGoogleStore }, { openGoogleQueue }] = await Promise.all([
    import('../storage/google-object-store.ts'),
    import('../tasks/google-task-queue.ts'),
  ]);
  const endpoint = env.PILLBOX_CLOUD_ENDPOINT;
  const projectId = env.PILLBOX_PROJECT;
  return {
    openStore: openGoogleStore({ endpoint, projectId }),
    queue: openGoogleQueue({
      endpoint,
      projectId,
      location: env.PILLBOX_LOCATION,
      boxUrl: env.PILLBOX_BOX_URL,
      serviceAccount: env.PILLBOX_TASKS_SERVICE_ACCOUNT,
    }),
  };
}
