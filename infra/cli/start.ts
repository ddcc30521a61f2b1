/** `pillbox start`: brings up the whole of Pillbox, runs the main job in front of the user, and stays up. */

import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import { type LocalPillbox, startLocalPillbox } from '../local/local-pillbox.ts';
import { findRun } from '../local/run-file.ts';
import { silentText } from './cloud-options.ts';
import { CommandError, EXIT, type ExitCode } from './command-error.ts';
import { runMainJob } from './demo/main-job.ts';
import { shortfalls } from './demo/summary.ts';

export interface StartOptions {
  /** End after the main job, with its outputs copied to demo/out. */
  readonly once: boolean;
  /** Port of the edge; 0 = any, absent = 8787 or any. */
  readonly port?: number;
  readonly patients: number;
  /** Seed of misbehaviour. */
  readonly chaos?: string;
  /** Folder of all state. */
  readonly data: string;
}

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * Resolves with the exit code once everything has stopped: after the main job with `once`, otherwise on Ctrl-C.
 * Throws a CommandError when Pillbox runs in that folder already.
 */
export async function runStart(options: StartOptions): Promise<ExitCode> {
  await expectNoneRuns(options.data);
  const interrupted = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    // The second one means it: whatever hangs is left to the children's own way out.
    if (interrupted.signal.aborted) process.exit(EXIT.interrupted);
    interrupted.abort(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const cloudDeath = new AbortController();

  const logFile = await openLog(options.data);
  const screen = { note: (line: string): void => void process.stdout.write(`${line}\n`) };
  const pillbox = await startLocalPillbox({
    root: ROOT,
    dir: options.data,
    ...(options.port === undefined ? {} : { edgePort: options.port }),
    chaos: options.chaos,
    onLine: (source, line) => logFile.write(`${source} ${line}\n`),
    onNote: (line) => screen.note(`model  ${line}`),
    onNotice(message) {
      logFile.write(`supervisor ${message}\n`);
      screen.note(`! ${message}`);
    },
    // Nobody may be there to stop it. Models are served without a cloud, to whoever is.
    onCloudDeath: () => options.once && cloudDeath.abort(),
  });
  try {
    const signal = AbortSignal.any([interrupted.signal, cloudDeath.signal]);
    const exit = await runUntilEnd(pillbox, options, screen, signal);
    return cloudDeath.signal.aborted ? EXIT.failed : exit;
  } finally {
    await pillbox.stop();
    logFile.end();
  }
}

async function runUntilEnd(
  pillbox: LocalPillbox,
  options: StartOptions,
  screen: { note: (line: string) => void },
  signal: AbortSignal,
): Promise<ExitCode> {
  const store = openGoogleStore({ endpoint: pillbox.cloud, projectId: 'pillbox-local' })(pillbox.bucket);
  try {
    const summary = await runMainJob({ ...options, pillbox, store, screen, signal });
    const short = shortfalls(summary);
    for (const reason of short) screen.note(`! ${reason}`);
    if (options.once) return short.length === 0 ? EXIT.done : EXIT.failed;
    await untilAborted(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  screen.note('Stopping.');
  return options.once ? EXIT.interrupted : EXIT.done;
}

async function expectNoneRuns(data: string): Promise<void> {
  const found = await findRun(data);
  if (found.state === 'silent') {
    throw new CommandError(EXIT.failed, silentText(join(data, 'run.json'), found.run));
  }
  if (found.state !== 'running') return;
  const { pid, edge } = found.run;
  throw new CommandError(
    EXIT.failed,
    `Pillbox already runs in ${data} (process ${pid}), at ${edge}: stop it first, or choose another folder with --data`,
  );
}

async function openLog(dir: string) {
  await mkdir(dir, { recursive: true });
  return createWriteStream(join(dir, 'pillbox.log'));
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
