/** An image service as it is, but for one thing: ONNX Runtime loads the model with its own settings. What we compare with. */

import { readFileSync } from 'node:fs';
import { readBoxEnvironment } from '../../shared/box/box-environment.ts';
import { createBoxApp } from '../../shared/http/box-app.ts';
import { createLog } from '../../shared/http/log.ts';
import { serveBox } from '../../shared/http/serve-box.ts';
import { addImageRoutes } from '../../shared/images/image-routes.ts';
import { openOnnxSession } from '../../shared/images/onnx-session.ts';
import { parseImageCard } from '../../shared/models/image-card.ts';

const [cardPath = '', graphPath = '', path = ''] = process.argv.slice(2);
const { PORT } = readBoxEnvironment(process.env);
const log = createLog('bench');
const app = createBoxApp({ box: 'bench', log });
addImageRoutes(app, {
  path,
  card: parseImageCard(JSON.parse(readFileSync(cardPath, 'utf8'))),
  requireTrained: false,
  open: () => openOnnxSession({ path: graphPath }, { runtimeDefaults: true }),
});
await serveBox(app, { port: PORT, log });
