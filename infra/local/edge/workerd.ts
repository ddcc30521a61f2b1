/** The one place that constructs Miniflare: Workers in, an origin out. */

import { Log, LogLevel, Miniflare, type MiniflareOptions } from 'miniflare';

/** Miniflare's own type of the bindings of a Worker. */
type Bindings = NonNullable<NonNullable<MiniflareOptions['workers'][number]['config']>['env']>;

export interface Worker {
  readonly name: string;
  /** One ES module. */
  readonly script: string;
  readonly compatibilityDate: string;
  readonly bindings: Bindings;
}

export interface WorkerdOptions {
  /** 0 = any. */
  readonly port: number;
  /** The first takes every request; the others are reached through its bindings. */
  readonly workers: readonly Worker[];
  /** What the Workers and workerd itself print, line by line. */
  readonly onLine: (line: string) => void;
}

export interface RunningWorkerd {
  /** Without a trailing slash. */
  readonly origin: string;
  /** Ends workerd; may be called twice. */
  stop(): Promise<void>;
}

/** Rejects when workerd does not start, for one because the port is taken; nothing is left running then. */
export async function startWorkerd({ port, workers, onLine }: WorkerdOptions): Promise<RunningWorkerd> {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port,
    log: new Log(LogLevel.NONE),
    logRequests: false,
    // Otherwise it asks Cloudflare for a sample of request.cf.
    cf: false,
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }) => onLine(message),
    workers: workers.map(({ name, script, compatibilityDate, bindings }) => ({
      config: {
        name,
        compatibilityDate,
        manifest: {
          mainModule: 'worker.js',
          modules: { 'worker.js': { type: 'esm' as const, contents: script } },
        },
        env: bindings,
      },
    })),
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= miniflare.dispose();
    return stopped;
  };
  try {
    const url = await miniflare.ready;
    return { origin: url.origin, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
