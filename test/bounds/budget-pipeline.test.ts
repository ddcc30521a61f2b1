/** Several jobs at once through plan, shard and combine, each within its limit: all are done, and no step is killed. */

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { uploadFolder } from '../../infra/cli/demo/upload.ts';
import { ROOT, withBundles } from '../../infra/cli/find-function.ts';
import { findCgroupParent } from '../../infra/cli/fit/cgroup-parent.ts';
import { withStepHost } from '../../infra/cli/fit/step-host.ts';
import { withTemporaryFolder } from '../../infra/cli/temporary-folder.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { writeSample } from '../../infra/sample/write-sample.ts';
import { jobName } from '../../shared/pipeline/object-names.ts';
import { readProgress } from '../../shared/pipeline/progress.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';

const JOBS = ['first', 'second', 'third', 'fourth'];
const STEPS = ['plan', 'shard', 'combine'];
const PATIENTS = 6;
const PREFIX = 'data/sample/';
const POLL_MS = 200;

test('four jobs at once are done, and no step is killed', async () => {
  await withTemporaryFolder(await mkdtemp(join(tmpdir(), 'pillbox-load-')), async (dir) => {
    const sample = join(dir, 'sample');
    await writeSample({ dir: sample, patients: PATIENTS, seed: 'pillbox' });
    const steps = (await loadFunctions(ROOT)).filter(({ name }) => STEPS.includes(name));
    const notices: string[] = [];
    const onNotice = (message: string): void => void notices.push(message);
    await withBundles(steps, dir, (functions) =>
      withStepHost(
        { dir, functions, cgroupParent: findCgroupParent(), onNotice },
        async (store, supervisor) => {
          await uploadFolder(store, sample, { bucket: '', prefix: PREFIX }, () => {});
          await Promise.all(JOBS.map((id) => submit(store, id)));
          const states = await Promise.all(JOBS.map((id) => untilEnded(store, id)));
          const stats = supervisor.stats().filter((box) => STEPS.includes(box.function));
          if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.table(stats);
          const kills = stats.map((box) => box.kills);
          expect({ states, kills, notices }).toEqual({
            states: JOBS.map(() => 'done'),
            kills: STEPS.map(() => 0),
            notices: [],
          });
        },
      ),
    );
  });
}, 300_000);

/** One record a shard: as many tasks of each step as the sample can give. */
async function submit(store: ObjectStore, id: string): Promise<void> {
  const job = { id, manifest: `${PREFIX}manifest.jsonl`, shardRecords: 1, partsPerTar: 2 };
  await store.create(jobName(id), JSON.stringify(job), {
    contentType: 'application/json',
    ifGenerationMatch: '0',
  });
}

async function untilEnded(store: ObjectStore, id: string): Promise<string> {
  for (;;) {
    const { state } = await readProgress(store, id);
    if (state === 'done' || state === 'failed') return state;
    await sleep(POLL_MS);
  }
}
