/** The plan box as a Node process. */

import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import { openCloudPorts } from '../../shared/box/cloud-ports.ts';
import { createLog } from '../../shared/http/log.ts';
import { serveBox } from '../../shared/http/serve-box.ts';
import { createApp } from './app.ts';

const env = readBoxEnvironment(process.env);
const log = createLog('plan');
const app = createApp({ ...(await openCloudPorts(env)), codeVersion: env.PILLBOX_CODE_VERSION, log });
await serveBox(app, { port: env.PORT, log });
