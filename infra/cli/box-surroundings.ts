/** What a single process of a function finds in its environment when a command starts it without the whole of Pillbox. */

import { join } from 'node:path';
import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import type { RegisteredFunction } from '../registry/registry.ts';
import { findRunning } from './cloud-options.ts';
import { isPipelineStep } from './find-function.ts';

/** @param data folder of all state. Throws a CommandError (3) for a pipeline step when no Pillbox runs there. */
export async function boxEnvironment(
  fn: RegisteredFunction,
  data: string,
): Promise<Readonly<Record<string, string>>> {
  const env = readBoxEnvironment(process.env);
  const shared = {
    PILLBOX_BUCKET: env.PILLBOX_BUCKET,
    PILLBOX_PROJECT: env.PILLBOX_PROJECT,
    PILLBOX_LOCATION: env.PILLBOX_LOCATION,
    PILLBOX_MODEL_CACHE: join(data, 'models'),
    NODE_COMPILE_CACHE: join(data, 'compile-cache'),
  };
  if (!isPipelineStep(fn)) return shared;
  const running = await findRunning(data);
  return {
    ...shared,
    PILLBOX_CLOUD_ENDPOINT: running.cloud,
    PILLBOX_BOX_URL: `${running.boxes}/{box}`,
  };
}
