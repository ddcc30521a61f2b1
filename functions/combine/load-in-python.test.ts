import { execFile, execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { createPipelineRun } from '../../test/fixtures/pipeline/pipeline-run.ts';
import { listNames, readBytes, readMetadata } from '../../test/fixtures/pipeline/read-outputs.ts';
import { writeSampleJob } from '../../test/fixtures/pipeline/sample-job.ts';

const PYTHON = process.env['PILLBOX_PYTHON'] ?? 'python3';

const LACKING = lacking();

/** Why the lines cannot be run here; undefined when they can. */
function lacking(): string | undefined {
  try {
    execFileSync(PYTHON, ['-c', 'import numpy, PIL, webdataset'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return `${PYTHON} has no webdataset, numpy or pillow; PILLBOX_PYTHON names another`;
  }
}

/** The job's outputs on disk. */
async function makeDataset(options: Readonly<Record<string, unknown>>) {
  const folder = await mkdtemp(join(tmpdir(), 'pillbox-python-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const run = createPipelineRun();
  await writeSampleJob(run.store, { records: 30, options: { ...options, image: { size: 32 } } });
  await run.announce('demo');
  await run.drive();
  const names = await listNames(run.store, 'jobs/demo/out/');
  for (const name of names) {
    await writeFile(join(folder, name.slice('jobs/demo/out/'.length)), await readBytes(run.store, name));
  }
  const tars = names.filter((name) => name.includes('/train-')).length;
  return { folder, tars, train: (await readMetadata(run.store)).splits.train };
}

/**
 * A stand-in for PyTorch: its loader runs the workers one after the other, and tells each which it is by the variables
 * that webdataset reads. Gives what PYTHONPATH is to be.
 */
async function writeStandIn(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pillbox-torch-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'torch/utils'), { recursive: true });
  await writeFile(join(folder, 'torch/__init__.py'), 'class Tensor: pass\n');
  await writeFile(join(folder, 'torch/utils/__init__.py'), '');
  await writeFile(join(folder, 'torch/utils/data.py'), STAND_IN);
  return folder;
}

const STAND_IN = `
import os, sys
class IterableDataset: pass
class DataLoader:
    def __init__(self, dataset, batch_size, num_workers):
        assert batch_size is None and num_workers > 0
        self.dataset, self.workers = dataset, num_workers
    def __iter__(self):
        os.environ["NUM_WORKERS"] = str(self.workers)
        for worker in range(self.workers):
            os.environ["WORKER"] = str(worker)
            yield from self.dataset
        print("workers:", self.workers, file=sys.stderr)
`;

async function readLines(): Promise<string> {
  const readme = await readFile(new URL('./README.md', import.meta.url), 'utf8');
  const [, lines = ''] = /```python\n([\s\S]*?)```/.exec(readme) ?? [];
  return lines;
}

test('they are fifteen lines', async () => {
  const lines = (await readLines()).split('\n').filter((line) => line !== '');
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.length).toBeLessThanOrEqual(15);
});

test.for([
  { options: { shardRecords: 15, partsPerTar: 31 }, tars: 1, workers: 1 },
  { options: { shardRecords: 5, partsPerTar: 2 }, tars: 3, workers: 2 },
])('the lines of the README load every sample of $tars tars', async ({ options, tars, workers }, context) => {
  if (LACKING !== undefined) return context.skip(LACKING);
  const made = await makeDataset(options);
  expect(made.tars).toBe(tars);
  const load = async (env: Readonly<Record<string, string>>) => {
    const args = ['-c', await readLines(), made.folder];
    return await promisify(execFile)(PYTHON, args, { env: { ...process.env, ...env } });
  };
  const inWorkers = await load({ PYTHONPATH: await writeStandIn() });
  expect(inWorkers.stderr).toContain(`workers: ${workers}\n`);
  for (const { stdout } of [await load({}), inWorkers]) {
    const loaded = stdout.trimEnd().split('\n');
    expect(loaded).toHaveLength(made.train);
    for (const line of loaded) expect(line).toMatch(/^\(32, 32\) \d+ \d+ (torch\.)?float32 \d+ 50\d{3}$/);
    const studies = loaded.map((line) => line.split(' ').at(-1));
    expect(new Set(studies).size).toBe(made.train);
  }
});
