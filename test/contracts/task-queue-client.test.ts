/** The contract of the tasks client, on the local cloud. */

import { openLocalCloud } from './open-local-cloud.ts';
import { restClient, taskQueueClientContract } from './task-queue-client.contract.ts';

taskQueueClientContract('local cloud', async () => {
  const { origin, close } = await openLocalCloud();
  return { client: restClient(origin), close };
});
