/**
 * The edge as a process: `node infra/local/edge/main.ts --root DIR --port N --box-url URL`. Prints `{"listening":PORT}`
 * once it serves. It ends workerd on SIGTERM, and when the parent it has a channel to is gone: workerd, a process of
 * its own, would outlive a parent that was killed.
 */

import { parseArgs } from 'node:util';
import * as z from 'zod';
import { loadFunctions } from '../../registry/registry.ts';
import { startEdge } from './edge.ts';

const optionsSchema = z.object({
  root: z.string().min(1),
  port: z.coerce.number().int().min(0).max(65_535),
  'box-url': z.string().includes('{box}'),
});

const { values } = parseArgs({
  options: { root: { type: 'string' }, port: { type: 'string' }, 'box-url': { type: 'string' } },
});
const { root, port, 'box-url': boxUrl } = optionsSchema.parse(values);

// The parent may be gone before workerd has started: then it is ended as soon as it has.
let isWanted = true;
const stops = new Set<() => Promise<void>>();
async function end(): Promise<void> {
  isWanted = false;
  for (const stop of stops) await stop();
  if (stops.size > 0) process.exit(0);
}
process.once('SIGTERM', end);
process.once('disconnect', end);

const edge = await startEdge({
  functions: await loadFunctions(root),
  port,
  boxUrl,
  onLine: (line) => console.log(line),
}).catch((error: Error) => {
  // The last line is what whoever started this process shows.
  console.error(error.message);
  process.exit(1);
});
stops.add(() => edge.stop());
if (isWanted) console.log(JSON.stringify({ listening: Number(new URL(edge.origin).port) }));
else await end();
