/** What every box does as a Node process: reads its environment, watches its memory, and serves its app. */

import type { Budget } from '../budget/budget.ts';
import type { BoxApp } from '../http/box-app.ts';
import { createLog, type Log } from '../http/log.ts';
import { serveBox } from '../http/serve-box.ts';
import { type BudgetSettings, openBoxBudget } from './box-budget.ts';
import { type BoxEnvironment, readBoxEnvironment } from './box-environment.ts';

export interface BoxParts {
  readonly env: BoxEnvironment;
  readonly log: Log;
  /** Absent where PILLBOX_BUDGET=off. */
  readonly budget: Budget | undefined;
}

/**
 * Resolves when the box listens. `box` names it in its log; `settings` are those of its function.json.
 * Throws a TerminalError ('not-configured') that names each variable at fault, and what `makeApp` throws.
 */
export async function startBox(
  box: string,
  settings: BudgetSettings | undefined,
  makeApp: (parts: BoxParts) => BoxApp | Promise<BoxApp>,
): Promise<void> {
  const env = readBoxEnvironment(process.env);
  const log = createLog(box);
  const boxBudget = openBoxBudget(settings, env, log);
  const app = await makeApp({ env, log, budget: boxBudget.budget });
  await serveBox(app, { port: env.PORT, log, boxBudget });
}
