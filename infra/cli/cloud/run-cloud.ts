/** Runs the local cloud in this process until Ctrl-C. */

import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMovableClock } from '../../local/cloud/clock-movable.ts';
import { parseCloudConfig } from '../../local/cloud/cloud-config-file.ts';
import { folderFaultWords } from '../../local/cloud/folder-fault.ts';
import { startLocalCloud } from '../../local/cloud/local-cloud.ts';
import type { CloudCommandOptions } from '../cloud.ts';
import { CommandError, EXIT, type ExitCode } from '../command-error.ts';
import { readCloudFile, removeCloudFile, writeCloudFile } from './cloud-file.ts';
import { toQueueResource } from './queue-option.ts';
import { settingsText } from './settings-text.ts';

/** Ctrl-C ends it within a second: what has not closed by then is cut. */
const STOP_LIMIT_MS = 700;

/** Resolves with the exit code on Ctrl-C. Throws a CommandError when the port or the folder is taken. */
export async function runCloud(options: CloudCommandOptions): Promise<ExitCode> {
  const { data, port, testClock, quiet } = options;
  const running = await readCloudFile(data);
  if (running !== undefined) {
    throw new CommandError(
      EXIT.failed,
      `a local cloud runs in ${data} already, at ${running.cloud}: choose another --data`,
    );
  }
  const config = await readConfig(options);
  await mkdir(data, { recursive: true }).catch((error: unknown) => {
    throw explained(error, options);
  });
  const stopped = untilSignal();
  const cloud = await startLocalCloud({
    ...config,
    dir: join(data, 'cloud'),
    port,
    ...(testClock && { clock: createMovableClock() }),
    log: (line) => console.error(line),
  }).catch((error: unknown) => {
    throw explained(error, options);
  });
  await writeCloudFile(data, {
    pid: process.pid,
    cloud: cloud.origin,
    instanceId: cloud.instanceId,
  });
  console.log(
    `The local cloud listens at ${cloud.origin}; its state is in ${join(data, 'cloud')}. Ctrl-C ends it.`,
  );
  if (!quiet) console.log(`\n${settingsText({ ...options, origin: cloud.origin, ...config })}`);
  await stopped;
  setTimeout(() => process.exit(EXIT.done), STOP_LIMIT_MS).unref();
  await removeCloudFile(data);
  await cloud.close();
  return EXIT.done;
}

async function readConfig(options: CloudCommandOptions) {
  const { config: file, bucket, queue, events, project, location } = options;
  const base: unknown = file === undefined ? {} : JSON.parse(await readFile(file, 'utf8'));
  const { buckets, queues, eventTriggers, deliveryFaults, chaos } = parseCloudConfig(base);
  const parent = `projects/${project}/locations/${location}`;
  const asked = parseCloudConfig({
    buckets: bucket,
    queues: queue.map((one) => toQueueResource(one, parent)),
    eventTriggers: events,
  });
  // A trigger names a bucket, so there is to be one.
  const named = events.map((trigger) => trigger.bucket);
  return {
    buckets: [...new Set([...buckets, ...asked.buckets, ...named])],
    queues: [...queues, ...asked.queues],
    eventTriggers: [...eventTriggers, ...asked.eventTriggers],
    deliveryFaults,
    chaos,
  };
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    // The command's own way out of a signal is to exit at once, which would leave the state to its journal.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal);
      process.once(signal, () => resolve());
    }
  });
}

function explained(error: unknown, { port, data }: CloudCommandOptions): unknown {
  const isOfListening = error instanceof Error && 'syscall' in error && error.syscall === 'listen';
  // A port that is not this user's to listen at is no matter of the folder.
  const words = isOfListening ? undefined : folderFaultWords(error);
  const isTaken = isOfListening && 'code' in error && error.code === 'EADDRINUSE';
  if (words === undefined && !isTaken) return error;
  const message = isTaken
    ? `port ${port} is taken; choose another with --port (0 = any)`
    : `the folder ${data} cannot be used: ${words}; choose another with --data`;
  return new CommandError(EXIT.failed, message, { cause: error });
}
