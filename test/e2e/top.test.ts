/** `pillbox top` against a supervisor at work: figures, state, work and queue; and one line when nothing runs. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runPillbox, spawnPillbox } from '../../infra/cli/run-pillbox.fixture.ts';
import { writeRunFile } from '../../infra/local/run-file.ts';
import { withSupervisor } from '../bounds/supervised.ts';

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-top-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('a table of what the boxes do: memory against the limit, in work, waiting', async () => {
  const dir = await folder();
  await withSupervisor({ config: { concurrency: 1, maxInstances: 1 } }, async ({ origin, stats }) => {
    await writeRunFile(dir, { pid: process.pid, edge: origin, cloud: origin, boxes: origin });
    const gone = new AbortController();
    // As long as the table may take to be read on a slow machine; both are given up when it has been.
    const waits = [150_000, 100].map((ms) => fetch(`${origin}/busy/wait/${ms}`, { signal: gone.signal }));
    const reading = async () => {
      const { stdout } = await runPillbox(['top', '--once', '--json', '--data', dir]);
      const boxes: { function: string; waiting: number; instances: object[] }[] = JSON.parse(stdout).boxes;
      return boxes.find((box) => box.function === 'busy');
    };
    await expect.poll(reading, { timeout: 60_000 }).toMatchObject({
      limitMiB: 128,
      waiting: 1,
      kills: 0,
      instances: [{ state: 'ready', requestsInWork: 1, residentMiB: expect.any(Number) }],
    });
    const table = await runPillbox(['top', '--once', '--data', dir]);
    expect(table.stderr).toBe('');
    const [titles, ...rows] = table.stdout.trimEnd().split('\n');
    expect(titles).toMatch(/^function +inst +state +.* MiB +peak +limit +req\/s +work +queue +kill/);
    expect(rows.map((row) => row.split(' ', 1)[0])).toEqual(stats().map((one) => one.function));
    expect(rows[0]).toMatch(/^busy +1 +(ready|normal) +\[=+-* *\] +\d+ +\d+ +128 +[\d.]+ +1 +1 +0/);
    expect(rows[1]).toMatch(/^hog +0 +off +\[ +\]/);
    gone.abort();
    await Promise.allSettled(waits);
  });
  const gone = await runPillbox(['top', '--once', '--data', dir]);
  expect(gone.code).toBe(3);
  expect(gone.stderr).toMatch(/^pillbox: .*\n$/);
});

test('where there is no terminal, table follows table with the time; it ends with 3 when the Pillbox does', async () => {
  const dir = await folder();
  let stdout = '';
  const closed = await new Promise<number | null>((resolve, reject) => {
    withSupervisor({}, async ({ origin }) => {
      await writeRunFile(dir, { pid: process.pid, edge: origin, cloud: origin, boxes: origin });
      const child = spawnPillbox(['top', '--interval', '0.2', '--data', dir]);
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.once('close', resolve);
      await expect.poll(() => stdout.match(/^function /gm)?.length, { timeout: 15_000 }).toBeGreaterThan(1);
    }).catch(reject);
  });
  expect(closed).toBe(3);
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z\nfunction /);
  expect(stdout).not.toContain('\u001b');
});

test('nothing runs: one line, exit code 3', async () => {
  const { code, stdout, stderr } = await runPillbox(['top', '--data', await folder()]);
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/^pillbox: no Pillbox is running here .*npm start.*\n$/);
});
