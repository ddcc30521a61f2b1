/** The store of a box that has no tasks, on the cloud that its environment names. */

import { openGoogleStore } from '../storage/google-object-store.ts';
import type { OpenStore } from '../storage/object-store.ts';
import type { BoxEnvironment } from './box-environment.ts';

/** Imported only where it is needed, as the client takes 25 MiB; opening touches no network. */
export function openCloudStore(env: BoxEnvironment): OpenStore {
  return openGoogleStore({ endpoint: env.PILLBOX_CLOUD_ENDPOINT, projectId: env.PILLBOX_PROJECT });
}
