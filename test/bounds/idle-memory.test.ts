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

const MIB = 1024 * 1024;
const STEPS = ['plan', 'join', 'shard', 'combine'];
const POLL_MS = 50;

test('no step holds more between its tasks than it states', async () => {
  await withTemporaryFolder(await mkdtemp(join(tmpdir(), 'pillbox-idle-')), async (dir) => {
    const steps = (await loadFunctions(ROOT)).filter(({ name }) => STEPS.includes(name));
    await withBundles(steps, dir, (functions) => {
      const ends: string[] = [];
      const one = functions.map((fn) => ({ ...fn, config: { ...fn.config, maxInstances: 1 } }));
      const host = { dir, functions: one, cgroupParent: undefined, onNotice: (end: string) => void ends.push(end) };
      return withStepHost(host, async (store, supervisor) => {
        await runSample(store, dir, 'join');
        await runSample(store, dir, 'shard');
        const held = await idleMiB(supervisor);
        console.log(held, supervisor.stats());
        expect(ends).toEqual([]);
        for (const { name, config } of steps) {
          expect(held.get(name), name).toBeLessThanOrEqual(config.budget?.idleMiB ?? 0);
        }
      });
    });
  });
}, 180_000);

async function runSample(store: ObjectStore, dir: string, step: string): Promise<void> {
  const sample = await writeStepSample(step, await mkdtemp(join(dir, 'sample-')), { patients: 3, tableRecords: 5_000 });
  await uploadFolder(store, sample.dir, { bucket: '', prefix: sample.prefix }, () => {});
  const id = `of-${step}`;
  await store.create(jobName(id), JSON.stringify({ ...sample.job, id }), { contentType: 'application/json' });
  for (;;) {
    const progress = await readProgress(store, id);
    if (sample.isOver(progress)) return;
    if (progress.state === 'failed') throw new Error(progress.error?.message);
    await sleep(POLL_MS);
  }
}

async function idleMiB(supervisor: Supervisor): Promise<Map<string, number>> {
  const boxes = await supervisor.report();
  return new Map(
    boxes.map((box) => {
      const bytes = box.instances.map(({ metrics }) => metrics?.['pillbox_memory_anonymous_bytes'] ?? 0);
      return [box.function, Math.max(...bytes) / MIB];
    }),
  );
}
