/** A box of the pipeline as a Node process, with the store and the queue of the cloud that its environment names. */

import type { BoxApp } from '../http/box-app.ts';
import type { BudgetSettings } from './box-budget.ts';
import { type CloudPorts, openCloudPorts } from './cloud-ports.ts';
import { type BoxParts, startBox } from './start-box.ts';

export interface PipelineBoxParts extends CloudPorts, Pick<BoxParts, 'log' | 'budget'> {
  /** Names the code that writes its outputs. */
  readonly codeVersion: string;
}

/** Resolves when the box listens. Throws a TerminalError ('not-configured'), also without PILLBOX_BOX_URL. */
export async function startPipelineBox(
  box: string,
  settings: BudgetSettings,
  createApp: (parts: PipelineBoxParts) => BoxApp,
): Promise<void> {
  await startBox(box, settings, async ({ env, log, budget }) =>
    createApp({ ...(await openCloudPorts(env)), codeVersion: env.PILLBOX_CODE_VERSION, log, budget }),
  );
}
