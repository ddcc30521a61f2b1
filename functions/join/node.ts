/** The join box as a Node process. */

import { openBoxBudget } from '../../shared/box/box-budget.ts';
import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import { openCloudPorts } from '../../shared/box/cloud-ports.ts';
import { createLog } from '../../shared/http/log.ts';
import { serveBox } from '../../shared/http/serve-box.ts';
import { createApp } from './app.ts';
import config from './function.json' with { type: 'json' };

const env = readBoxEnvironment(process.env);
const log = createLog('join');
const boxBudget = openBoxBudget(config.budget, env, log);
const app = createApp({
  ...(await openCloudPorts(env)),
  codeVersion: env.PILLBOX_CODE_VERSION,
  log,
  budget: boxBudget.budget,
});
await serveBox(app, { port: env.PORT, log, boxBudget });
