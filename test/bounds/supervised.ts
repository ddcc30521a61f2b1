/** A supervisor of the fixture functions for one test, and what it said. */

import {
  type Supervisor,
  type SupervisorOptions,
  startSupervisor,
} from '../../infra/local/supervisor/supervisor.ts';
import type { FunctionConfig } from '../../infra/registry/function-config.ts';
import { hostFunctions } from '../fixtures/host-functions.ts';

export interface Supervised extends Supervisor {
  readonly notices: readonly string[];
  readonly lines: readonly string[];
}

/** Calls `use` and stops the supervisor, whatever happens. `config` changes what every fixture's configuration says. */
export async function withSupervisor(
  { config, ...options }: Partial<SupervisorOptions> & { readonly config?: Partial<FunctionConfig> },
  use: (supervised: Supervised) => Promise<void>,
): Promise<void> {
  const notices: string[] = [];
  const lines: string[] = [];
  const supervisor = await startSupervisor({
    functions: hostFunctions(config),
    port: 0,
    environment: {},
    onLine: (box, line) => lines.push(`${box}: ${line}`),
    onNotice: (message) => notices.push(message),
    ...options,
  });
  try {
    await use({ ...supervisor, notices, lines });
  } finally {
    await supervisor.stop();
  }
}

/** The figures of one function. */
export function statsOf(supervisor: Supervisor, name: string) {
  const stats = supervisor.stats().find((one) => one.function === name);
  if (stats === undefined) throw new Error(`no function ${name}`);
  return stats;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
