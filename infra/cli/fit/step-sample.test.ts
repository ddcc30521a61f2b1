import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseJob } from '../../../shared/pipeline/job.ts';
import type { Progress } from '../../../shared/pipeline/progress.ts';
import { findFunction } from '../find-function.ts';
import { withTemporaryFolder } from '../temporary-folder.ts';
import { writeStepSample } from './step-sample.ts';
import { withStepTrials } from './try-step.ts';

const PROGRESS: Progress = {
  state: 'running',
  stage: 'join',
  records: undefined,
  recordsDone: 0,
  shards: undefined,
  shardsDone: 0,
  tars: undefined,
  tarsDone: 0,
  failed: undefined,
  error: undefined,
};

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  await withTemporaryFolder(await mkdtemp(join(tmpdir(), 'pillbox-step-')), use);
}

test('the join is given tables, and is over when they are joined', async () => {
  await inFolder(async (dir) => {
    const { job, prefix, isOver, ...sample } = await writeStepSample('join', dir, { tableRecords: 5 });
    expect(parseJob({ ...job, id: 'fit' }).join?.tables).toMatchObject({
      edstays: `${prefix}ed/edstays.csv.gz`,
      patients: `${prefix}hosp/patients.csv.gz`,
    });
    expect(await readdir(join(sample.dir, 'ed'))).toContain('edstays.csv.gz');
    const at = (step: 'scan' | 'partition' | 'done') =>
      isOver({ ...PROGRESS, join: { step, tasksDone: 0, tasks: 1 } });
    expect([isOver(PROGRESS), at('scan'), at('partition'), at('done')]).toEqual([false, false, false, true]);
  });
});

test.each(['plan', 'shard', 'combine'])(
  '%s is given a manifest, and is over when the job is done',
  async (step) => {
    await inFolder(async (dir) => {
      const { job, prefix, isOver, ...sample } = await writeStepSample(step, dir, { patients: 1 });
      expect(parseJob({ ...job, id: 'fit' })).toMatchObject({ manifest: `${prefix}manifest.jsonl` });
      expect(await readdir(sample.dir)).toContain('manifest.jsonl');
      expect([isOver(PROGRESS), isOver({ ...PROGRESS, state: 'done' })]).toEqual([false, true]);
    });
  },
);

test('the join is tried by tables, and holds at what it states', async () => {
  const fn = await findFunction('join');
  await withStepTrials({ fn, cgroupParent: undefined, tableRecords: 20 }, async (tryAt) => {
    const held = await tryAt(fn.config.memoryMiB, 1);
    expect(held).toMatchObject({ outcome: 'holds', clients: 1, mostInWork: 1 });
    expect(held.peakMiB).toBeLessThan(fn.config.memoryMiB);
    // Seven tables, one partition, and the end.
    expect(held.requests).toBeGreaterThanOrEqual(9);
  });
}, 240_000);
