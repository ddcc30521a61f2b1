/** The edge on a laptop: every function's Worker in workerd, behind one port. */

import { fileURLToPath } from 'node:url';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { bundleWorker } from './bundle-worker.ts';
import { type RunningWorkerd, startWorkerd, type Worker } from './workerd.ts';
import { readWranglerConfig } from './wrangler-config.ts';

const FRONT = fileURLToPath(new URL('./front-worker.ts', import.meta.url));

export interface EdgeOptions {
  /** Those without a Worker are left out. */
  readonly functions: readonly RegisteredFunction[];
  /** 0 = any. */
  readonly port: number;
  /** Where a box is reached; `{box}` is replaced by its name. */
  readonly boxUrl: string;
  /** What the Workers print, line by line. */
  readonly onLine?: (line: string) => void;
}

/** Each Worker serves `/<function>/…`; `/` lists them. Throws when a Worker cannot be bundled or workerd not started. */
export async function startEdge(options: EdgeOptions): Promise<RunningWorkerd> {
  const { functions, port, boxUrl, onLine = () => {} } = options;
  const services = await Promise.all(functions.map((fn) => serviceWorker(fn, boxUrl)));
  const workers = services.filter((worker) => worker !== undefined);
  return startWorkerd({ port, workers: [await frontWorker(workers), ...workers], onLine });
}

async function serviceWorker(
  { name, folder, worker }: RegisteredFunction,
  boxUrl: string,
): Promise<Worker | undefined> {
  if (worker === undefined) return undefined;
  const { compatibilityDate, textExtensions } = await readWranglerConfig(folder);
  const origin = boxUrl.replace(/\{box\}|%7Bbox%7D/i, name);
  return {
    name,
    script: await bundleWorker(worker, textExtensions),
    compatibilityDate,
    bindings: { FUNCTION_ORIGIN: { type: 'text', value: origin } },
  };
}

async function frontWorker(workers: readonly Worker[]): Promise<Worker> {
  const names = workers.map((worker) => worker.name);
  return {
    name: 'front',
    script: await bundleWorker(FRONT),
    compatibilityDate:
      workers
        .map((worker) => worker.compatibilityDate)
        .sort()
        .at(-1) ?? '2026-10-01',
    bindings: {
      SERVICES: { type: 'json', value: names },
      ...Object.fromEntries(names.map((name) => [name, { type: 'worker' as const, worker: name }])),
    },
  };
}
