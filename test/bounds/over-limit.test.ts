/** A function that exceeds its memory is killed, its task is delivered again, and one clear line says so. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseCloudConfig } from '../../infra/local/cloud/cloud-config-file.ts';
import { startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';
import { cloudConfig } from '../../infra/local/cloud-config.ts';
import { startSupervisor } from '../../infra/local/supervisor/supervisor.ts';
import type { RegisteredFunction } from '../../infra/registry/registry.ts';
import { openGoogleQueue } from '../../shared/tasks/google-task-queue.ts';

const FOLDER = join(import.meta.dirname, '..', 'fixtures', 'functions', 'greedy');
const LIMIT_MIB = 160;

const greedy: RegisteredFunction = {
  name: 'greedy',
  folder: FOLDER,
  entry: join(FOLDER, 'node.ts'),
  worker: undefined,
  config: {
    description: 'Takes far more memory than its limit on the first delivery of a task.',
    memoryMiB: LIMIT_MIB,
    cpu: 1,
    concurrency: 1,
    timeoutSeconds: 30,
    maxInstances: 1,
    triggers: [
      {
        kind: 'queue',
        maxAttempts: 10,
        minBackoffSeconds: 0.1,
        maxBackoffSeconds: 1,
        maxDoublings: 3,
        maxDispatchesPerSecond: 500,
        maxConcurrentDispatches: 1,
      },
    ],
  },
};

test('killed over the limit, told in one line, and its task done at the second delivery', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-greedy-'));
  const lines: string[] = [];
  const notices: string[] = [];
  const supervisor = await startSupervisor({
    functions: [greedy],
    port: 0,
    environment: {},
    onLine: (_source, line) => lines.push(line),
    onNotice: (message) => notices.push(message),
  });
  const boxUrl = `${supervisor.origin}/{box}`;
  const where = { projectId: 'pillbox-local', location: 'us-central1' };
  const cloud = await startLocalCloud({
    dir,
    port: 0,
    ...parseCloudConfig(cloudConfig([greedy], { ...where, bucket: 'pillbox', boxUrl })),
  });
  onTestFinished(async () => {
    await cloud.close();
    await supervisor.stop();
    await rm(dir, { recursive: true, force: true });
  });

  const queue = openGoogleQueue({ ...where, endpoint: cloud.origin, boxUrl });
  await queue.enqueue({ box: 'greedy', path: '/work', body: {} });

  await expect.poll(() => lines.some((line) => line.includes('work done')), { timeout: 60_000 }).toBe(true);
  expect(notices.filter((line) => line.includes('killed'))).toEqual([
    expect.stringMatching(/^greedy: killed at \d+ MiB, limit 160 MiB/),
  ]);
  expect(supervisor.stats()).toEqual([expect.objectContaining({ function: 'greedy', kills: 1 })]);
});
