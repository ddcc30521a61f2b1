/** An image service as it is, but for one thing: ONNX Runtime loads the model with its own settings. What we compare with. */

import { readFileSync } from 'node:fs';
import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import { createBoxApp } from '../../shared/http/box-app.ts';
import { createLog } from '../../shared/http/log.ts';
import { serveBox } from '../../shared/http/serve-box.ts';
import { createImageHandlers } from '../../shared/images/image-handlers.ts';
import { addImageRoutes } from '../../shared/images/image-routes.ts';
import { openOnnxSession } from '../../shared/images/onnx-session.ts';
import { parseImageCard } from '../../shared/models/image-card.ts';
import { createVersionChoice } from '../../shared/models/version-choice.ts';

const [cardPath = '', graphPath = '', path = ''] = process.argv.slice(2);
const { PORT } = readBoxEnvironment(process.env);
const log = createLog('bench');
const app = createBoxApp({ box: 'bench', log });
const card = parseImageCard(JSON.parse(readFileSync(cardPath, 'utf8')));
const handlers = createImageHandlers({
  app,
  versions: async () => createVersionChoice([card]),
  requireTrained: false,
  open: () => openOnnxSession({ path: graphPath }, { runtimeDefaults: true }),
});
addImageRoutes(app, { path, load: async () => handlers });
await serveBox(app, { port: PORT, log });
