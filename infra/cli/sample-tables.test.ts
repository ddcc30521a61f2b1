import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runPillbox } from './run-pillbox.fixture.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-cli-tables-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('tables alone: seven tables, the answer, the job and a line that sums it up; again, nothing changes', async () => {
  const args = ['sample', '--out', 'new', '--records', '20', '--tables-only', '--seed', '5'];
  const first = await runPillbox(args, { cwd: dir });
  expect(first).toMatchObject({ code: 0, stderr: '' });
  expect(first.stdout).toMatch(
    /^new: 20 of 42 studies to be matched, \d+ rows in 7 tables \(.*, 0 reports, 0 images/,
  );
  expect((await readdir(join(dir, 'new'))).sort()).toEqual([
    'README.txt',
    'answer.json',
    'ed',
    'hosp',
    'job.json',
    'mimic-cxr-2.0.0-chexpert.csv.gz',
    'mimic-cxr-2.0.0-metadata.csv.gz',
    'mimic-cxr-2.0.0-split.csv.gz',
    'sample.json',
    'tokenizer.json',
  ]);
  expect(JSON.parse(await readFile(join(dir, 'new/sample.json'), 'utf8'))).toMatchObject({ seed: '5' });
  expect(await runPillbox(args, { cwd: dir })).toEqual(first);
});

test('with neither option it says first what the images will take', async () => {
  const { code, stdout, stderr } = await runPillbox(['sample', '--out', 'new', '--records', '1'], {
    cwd: dir,
  });
  expect(code).toBe(0);
  const [, images = ''] = /^(\d+) images will be drawn, about .* MiB and 1 min/.exec(stderr) ?? [];
  expect(stdout).toContain(` ${images} images (`);
});

test.each([
  [['--records', '0'], 'It must be a whole number, 1 or more.'],
  [['--records', '9999999'], 'records: a whole number from 1 to 2000000'],
  [['--records', '5', '--reuse-images', '2'], 'reuse-images: a whole number from 4'],
  [['--records', '5', '--reuse-images', '8', '--tables-only'], 'cannot be used with'],
  [['--records', '5', '--patients', '8'], 'cannot be used with'],
  [['--records', '5', '--faulty', '1'], 'cannot be used with'],
  [['--tables-only'], 'need --records'],
  [['--reuse-images', '9'], 'need --records'],
])('%j is refused with what is wrong, and nothing is written', async (args, message) => {
  const { code, stderr } = await runPillbox(['sample', '--out', 'new', ...args], { cwd: dir });
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(existsSync(join(dir, 'new'))).toBe(false);
});

test('a killed run is completed by the next', async () => {
  const out = join(dir, 'killed');
  const script = (progress: string) => `
    import { writeTables } from ${JSON.stringify(new URL('../sample/tables/write-tables.ts', import.meta.url).href)};
    await writeTables({ dir: ${JSON.stringify(out)}, records: 300, seed: 'k', images: 'none', onProgress: ${progress} });`;
  const killed = runNode(script("({ done }) => { if (done > 200) process.kill(process.pid, 'SIGKILL'); }"));
  await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
  expect(await readdir(out)).toContain('sample.unfinished.json');
  await runNode(script('() => {}'));
  expect((await readdir(out, { recursive: true })).filter((name) => name.includes('unfinished'))).toEqual([]);
});

test('memory does not grow with the tables', async () => {
  const peakMiB = async (records: number) => {
    const options = { dir: join(dir, String(records)), records, seed: 'm', images: 'none' };
    const { stdout } = await runNode(`
      import { writeSampleTables } from ${JSON.stringify(new URL('./sample-tables.ts', import.meta.url).href)};
      await writeSampleTables(${JSON.stringify(options)});
      console.log(process.resourceUsage().maxRSS / 1024);`);
    return Number(stdout.trim().split('\n').at(-1));
  };
  const small = await peakMiB(1_000);
  const large = await peakMiB(20_000);
  expect(large).toBeLessThan(200);
  // Twenty times the rows.
  expect(large - small).toBeLessThan(60);
});

async function runNode(script: string): Promise<{ stdout: string }> {
  return await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
}
