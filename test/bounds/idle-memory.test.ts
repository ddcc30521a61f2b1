/** What the steps of the pipeline hold between tasks is what their function.json states: the concurrency follows from it. */

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { uploadFolder } from '../../infra/cli/demo/upload.ts';
import { ROOT, withBundles } from '../../infra/cli/find-function.ts';
import { withStepHost } from '../../infra/cli/fit/step-host.ts';
import { writeStepSample } from '../../infra/cli/fit/step-sample.ts';
import { withTemporaryFolder } from '../../infra/cli/temporary-folder.ts';
import type { Supervisor } from '../../infra/local/supervisor/supervisor.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { jobName } from '../../shared/pipeline/object-names.ts';
import { readProgress } from '../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { idleMargins } from '../fixtures/load/idle-margins.ts';

const MIB = 1024 * 1024;
const POLL_MS = 50;
const STEPS = ['plan', 'join', 'shard', 'combine'];
const SIZE = { patients: 2, tableRecords: 300 };

test.skipIf(process.platform !== 'linux')(
  'each step holds between its tasks what it states',
  async () => {
    const steps = (await loadFunctions(ROOT)).filter(({ name }) => STEPS.includes(name));
    const held = await withTemporaryFolder(await mkdtemp(join(tmpdir(), 'pillbox-idle-')), (dir) =>
      withBundles(steps, dir, (functions) => {
        const notices: string[] = [];
        const onNotice = (message: string) => void notices.push(message);
        return withStepHost(
          { dir, functions, cgroupParent: undefined, onNotice },
          async (store, supervisor) => {
            await runSample(store, dir, 'join');
            const join = await heldMiB(supervisor, 'join');
            await runSample(store, dir, 'shard');
            const [plan, shard, combine] = [
              await heldMiB(supervisor, 'plan'),
              await heldMiB(supervisor, 'shard'),
              await heldMiB(supervisor, 'combine'),
            ];
            expect(notices).toEqual([]);
            return new Map(Object.entries({ plan, join, shard, combine }));
          },
        );
      }),
    );
    if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.log(held);
    expect(steps).toHaveLength(STEPS.length);
    for (const { name, config } of steps) {
      const { leastMiB, mostMiB } = idleMargins(config);
      expect(held.get(name), name).toBeGreaterThan(leastMiB);
      expect(held.get(name), name).toBeLessThan(mostMiB);
    }
  },
  240_000,
);

async function runSample(store: ObjectStore, dir: string, step: string): Promise<void> {
  const sample = await writeStepSample(step, await mkdtemp(join(dir, 'sample-')), SIZE);
  await uploadFolder(store, sample.dir, { bucket: '', prefix: sample.prefix }, () => {});
  const id = `of-${step}`;
  const text = JSON.stringify({ ...sample.job, id });
  await store.create(jobName(id), text, { contentType: 'application/json' });
  for (;;) {
    const progress = await readProgress(store, id);
    if (sample.isOver(progress)) return;
    if (progress.state === 'failed') throw new Error(progress.error?.message);
    await sleep(POLL_MS);
  }
}

/** Of the instance that holds most; asked again while none of them answers. */
async function heldMiB(supervisor: Supervisor, name: string): Promise<number> {
  for (;;) {
    const box = (await supervisor.report()).find((one) => one.function === name);
    const bytes = (box?.instances ?? []).map(
      ({ metrics }) => metrics?.['pillbox_memory_anonymous_bytes'] ?? 0,
    );
    const most = Math.max(0, ...bytes);
    if (most > 0) return most / MIB;
    await sleep(POLL_MS);
  }
}
