/** `submit` and `status` where no box works on the job. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { recordFailure } from '../../shared/pipeline/job-failure.ts';
import { useCommandPlace } from './cloud-commands.fixture.ts';

const here = useCommandPlace();
const { pillbox, put, names } = here;
const MANIFEST = 'data/m/manifest.jsonl';

test('submit checks, creates once, and says what to do next; status follows', async () => {
  await put({ [MANIFEST]: '{}\n' });
  const file = join(here.dir, 'job.json');
  await writeFile(file, JSON.stringify({ id: 'first', manifest: MANIFEST }));
  const submitted = await pillbox('submit', file);
  expect(submitted).toMatchObject({ code: 0, stderr: '' });
  expect(submitted.stdout).toContain('submitted first: gs://pillbox/jobs/first/job.json\n');
  expect(await pillbox('submit', file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('a job of the name first exists'),
  });

  const status = await pillbox('status', 'first');
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/^job +first\nstate +planning\n/);
  expect(JSON.parse((await pillbox('status', 'first', '--json')).stdout)).toMatchObject({
    state: 'planning',
  });
  expect(await pillbox('status', 'second')).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('there is no job second'),
  });
});

test.each(['out/train-00000.tar', 'failed/plan.json'])(
  'submit refuses a name under which %s of an earlier job is left, and says what to delete',
  async (left) => {
    await put({ [MANIFEST]: '{}\n', [`jobs/first/${left}`]: '' });
    const file = join(here.dir, 'job.json');
    await writeFile(file, JSON.stringify({ id: 'first', manifest: MANIFEST }));
    const { code, stderr } = await pillbox('submit', file);
    expect(code).toBe(1);
    expect(stderr).toContain(`gs://pillbox/jobs/first/${left} is left of an earlier job`);
    expect(stderr).toContain('delete gs://pillbox/jobs/first/');
    expect(await names()).toEqual([MANIFEST, `jobs/first/${left}`]);
  },
);

test('submit refuses a manifest that is not there, and writes no job', async () => {
  const file = join(here.dir, 'job.json');
  await writeFile(file, JSON.stringify({ id: 'first', manifest: 'gs://pillbox/none.jsonl' }));
  const { code, stderr } = await pillbox('submit', file);
  expect(code).toBe(3);
  expect(stderr).toContain('there is no manifest gs://pillbox/none.jsonl');
  expect(await names()).toEqual([]);
});

test('a failed job: its code and message, exit code 1; --watch ends with it', async () => {
  const { generation } = await here.store.create('jobs/bad/job.json', '{}');
  await recordFailure(
    here.store,
    { job: 'bad', generation },
    'plan',
    new TerminalError('manifest-empty', 'the manifest has no lines'),
  );
  const status = await pillbox('status', 'bad');
  expect(status).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^pillbox: peak memory is not shown: .+\npillbox: the job bad failed\n$/),
  });
  expect(status.stdout).toMatch(/error +manifest-empty: the manifest has no lines\n/);
  const watched = await pillbox('status', 'bad', '--watch');
  expect(watched).toMatchObject({ code: 1, stdout: 'failed: manifest-empty: the manifest has no lines\n' });
});
