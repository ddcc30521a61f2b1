import { expect, test } from 'vitest';
import { RetryableError } from '../../../shared/errors/retryable-error.ts';
import { jobName } from '../../../shared/pipeline/object-names.ts';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import { createPipelineRun } from '../../../test/fixtures/pipeline/pipeline-run.ts';
import { writeSampleJob } from '../../../test/fixtures/pipeline/sample-job.ts';
import { submitDemoJob } from './job.ts';

/** The first looks at the job are not answered. */
function away(store: ObjectStore, looks: number): ObjectStore {
  let left = looks;
  return {
    ...store,
    async stat(name) {
      if (name === jobName('demo-0001') && left-- > 0)
        throw new RetryableError('storage-unavailable', 'away');
      return store.stat(name);
    },
  };
}

test('a job that goes on says which functions had ended their part before', async () => {
  const run = createPipelineRun();
  const { manifest } = await writeSampleJob(run.store, { records: 12 });
  const submit = () => submitDemoJob(run.store, manifest);
  const first = { id: 'demo-0001', resumed: false, over: [], earlier: [] };
  expect(await submit()).toEqual(first);
  expect(await submit()).toEqual({ ...first, resumed: true });

  await run.plan(first.id);
  expect(await submit()).toEqual({ ...first, resumed: true, over: ['plan'] });

  await run.drive({ lose: ({ box }) => box === 'combine' });
  expect(await submit()).toEqual({ ...first, resumed: true, over: ['plan', 'shard'] });

  // Its lost tasks are sent again.
  for (let sweeps = 0; sweeps < 5; sweeps += 1) await run.sweep();
  expect(await submit()).toEqual({ ...first, id: 'demo-0002', earlier: [first.id] });
});

test('a look that storage leaves unanswered is taken again, and not for ever', async () => {
  const { store } = createPipelineRun();
  await expect(submitDemoJob(away(store, 5), 'm.jsonl')).rejects.toThrow('away');
  expect((await submitDemoJob(away(store, 4), 'm.jsonl')).id).toBe('demo-0001');
});
