/** The combine box as a Node process. */

import { startPipelineBox } from '../../shared/box/start-pipeline-box.ts';
import { createApp } from './app.ts';
import config from './function.json' with { type: 'json' };

await startPipelineBox('combine', config.budget, createApp);
