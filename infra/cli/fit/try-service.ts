/** Tries a model service under a memory limit: its own sample requests, over and over, from so many clients at once. */

import { type Supervisor, startSupervisor } from '../../local/supervisor/supervisor.ts';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { errorLine } from '../error-line.ts';
import { lastWords } from '../last-words.ts';
import { readSampleRequests, type SampleRequest } from '../openapi-examples.ts';
import { plainLine } from './plain-line.ts';
import { type LoadOptions, type LoadResult, sendSamples } from './service-load.ts';
import type { Trial, TryAt } from './trial.ts';

export interface ServiceTrials {
  readonly fn: RegisteredFunction;
  readonly environment: Readonly<Record<string, string>>;
  /** Absent = the limit is held by watching. */
  readonly cgroupParent: string | undefined;
  readonly load?: LoadOptions;
}

const START_TIMEOUT_MS = 20_000;
const STOP_GRACE_MS = 1_000;
const KEPT_LINES = 100;
/** Memory goes on growing for a while: V8 collects late. */
const LOAD: LoadOptions = { leastMs: 1_500, rounds: 10 };

/** Reads the samples at the first trial that comes so far; that is the one with the largest limit. */
export function createServiceTrials(options: ServiceTrials): TryAt {
  const samples: SampleRequest[] = [];
  return async (limitMiB, clients) => {
    const notices: string[] = [];
    const lines: string[] = [];
    const supervisor = await start(options, limitMiB, clients, { notices, lines });
    try {
      const { answered, busyMs, reason } = await runSamples(options, supervisor, samples, clients);
      const stats = supervisor.stats()[0];
      const shared: Omit<Trial, 'outcome'> = {
        limitMiB,
        clients,
        peakMiB: stats?.peakMiB ?? 0,
        requests: answered,
        busyMs,
        mostInWork: clients,
      };
      if ((stats?.kills ?? 0) > 0) return { ...shared, outcome: 'killed', reason: notices[0] ?? reason };
      if (reason === undefined && notices.length === 0) return { ...shared, outcome: 'holds' };
      return { ...shared, outcome: 'failed', reason: deathOf(notices, lines) ?? reason };
    } finally {
      await supervisor.stop();
    }
  };
}

/** @param samples are read into it when it is empty */
async function runSamples(
  { fn, load = LOAD }: ServiceTrials,
  supervisor: Supervisor,
  samples: SampleRequest[],
  clients: number,
): Promise<LoadResult & { readonly busyMs: number }> {
  const target = {
    origin: `${supervisor.origin}/${fn.name}`,
    timeoutMs: fn.config.timeoutSeconds * 1000,
    samples,
  };
  try {
    if (samples.length === 0) samples.push(...(await sampleRequests(target.origin, fn.name)));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    return { answered: 0, busyMs: 0, reason: errorLine(error) };
  }
  // What is loaded at first use is no part of the price of a million.
  const cold = await sendSamples(target, 1, { leastMs: 0, rounds: 1 });
  if (cold.reason !== undefined) return { ...cold, busyMs: 0 };
  const busyMs = () => supervisor.stats()[0]?.busyMs ?? 0;
  const before = busyMs();
  const warm = await sendSamples(target, clients, load);
  return { ...warm, busyMs: busyMs() - before };
}

function start(
  { fn, environment, cgroupParent }: ServiceTrials,
  memoryMiB: number,
  clients: number,
  { notices, lines }: { readonly notices: string[]; readonly lines: string[] },
): Promise<Supervisor> {
  return startSupervisor({
    functions: [{ ...fn, config: { ...fn.config, memoryMiB, concurrency: clients, maxInstances: 1 } }],
    port: 0,
    environment,
    startTimeoutMs: START_TIMEOUT_MS,
    stopGraceMs: STOP_GRACE_MS,
    cgroupParent,
    onNotice: (message) => void notices.push(message),
    onLine: (_, line) => {
      // The last ones say why it ended.
      if (lines.push(line) > KEPT_LINES) lines.shift();
    },
  });
}

/** Undefined when its process did not end. */
function deathOf([notice]: readonly string[], lines: readonly string[]): string | undefined {
  return notice === undefined ? undefined : notice + lastWords(lines.map(plainLine));
}

async function sampleRequests(origin: string, name: string): Promise<SampleRequest[]> {
  const samples = await readSampleRequests(origin, name);
  if (samples.length > 0) return samples;
  throw new CommandError(
    EXIT.failed,
    `${name} has no sample request: its openapi.json has no POST with an example`,
  );
}
