/**
 * The local cloud as a process: `node infra/local/cloud/main.ts --port N --dir DIR [--config FILE] [--test-clock]`. Prints
 * `{"listening":PORT}` once it serves, and ends on SIGTERM, on SIGINT, or when the parent it has a channel to is gone.
 */

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { createMovableClock } from './clock-movable.ts';
import { parseCloudConfig } from './cloud-config-file.ts';
import { startLocalCloud } from './local-cloud.ts';

/** What is still open after this long is cut. */
const STOP_LIMIT_MS = 1_500;

const optionsSchema = z.object({
  port: z.coerce.number().int().min(0).max(65_535),
  dir: z.string().min(1),
  config: z.string().optional(),
  /** Whoever calls may move the clock on. */
  'test-clock': z.boolean().default(false),
});

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    dir: { type: 'string' },
    config: { type: 'string' },
    'test-clock': { type: 'boolean' },
  },
});
const options = optionsSchema.parse(values);
const config = options.config === undefined ? {} : JSON.parse(await readFile(options.config, 'utf8'));
const cloud = await startLocalCloud({
  ...parseCloudConfig(config),
  dir: options.dir,
  port: options.port,
  ...(options['test-clock'] && { clock: createMovableClock() }),
}).catch((error: Error) => {
  // The last line is what whoever started this process shows.
  console.error(error.message);
  process.exit(1);
});

function stop(): void {
  setTimeout(() => process.exit(0), STOP_LIMIT_MS).unref();
  void cloud.close().then(() => process.exit(0));
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
process.once('disconnect', () => process.exit(0));
console.log(JSON.stringify({ listening: Number(new URL(cloud.origin).port) }));
