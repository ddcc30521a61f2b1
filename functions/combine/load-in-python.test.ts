import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { createPipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import { listNames, readBytes, readMetadata } from '../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';

const PYTHON = process.env['PILLBOX_PYTHON'] ?? 'python3';

/** Why the lines cannot be run here; undefined when they can. */
function lacking(): string | undefined {
  try {
    execFileSync(PYTHON, ['-c', 'import numpy, PIL, webdataset'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return `${PYTHON} has no webdataset, numpy or pillow; PILLBOX_PYTHON names another`;
  }
}

test('the lines of the README load every sample of train', async (context) => {
  const reason = lacking();
  if (reason !== undefined) return context.skip(reason);
  const folder = await mkdtemp(join(tmpdir(), 'pillbox-python-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const run = createPipelineRun();
  await writeSampleJob(run.store, {
    records: 30,
    options: { shardRecords: 5, partsPerTar: 2, image: { size: 32 } },
  });
  await run.announce('demo');
  await run.drive();
  for (const name of await listNames(run.store, 'jobs/demo/out/')) {
    await writeFile(join(folder, name.slice('jobs/demo/out/'.length)), await readBytes(run.store, name));
  }
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8');
  const [, lines = ''] = /```python\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(lines.split('\n').length).toBeLessThan(20);

  const { stdout } = await promisify(execFile)(PYTHON, ['-c', lines, folder]);
  const loaded = stdout.trimEnd().split('\n');
  const { splits } = await readMetadata(run.store);
  expect(loaded).toHaveLength(splits.train);
  for (const line of loaded) expect(line).toMatch(/^\(32, 32\) \d+ \d+ float32 \d+ 50\d{3}$/);
  const studies = loaded.map((line) => line.split(' ').at(-1));
  expect(new Set(studies).size).toBe(splits.train);
});
