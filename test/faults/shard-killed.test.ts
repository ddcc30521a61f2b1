/** The same job gives the same bytes: twice from fresh state, with a shard process killed half way, and with `--chaos`. */

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runPillbox, watchDescendants } from '../e2e/local-run.ts';

const KILLS = 2;
let base = '';

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'pillbox-killed-'));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Runs the main job in a fresh folder; `disturb` is called with the living processes until it says it is done. */
async function runJob(
  name: string,
  disturb?: (processes: string[]) => boolean,
  flags: readonly string[] = [],
): Promise<Map<string, string>> {
  const dir = join(base, name);
  const run = runPillbox(['start', '--once', '--data', dir, '--patients', '10', '--port', '0', ...flags]);
  const descendants = watchDescendants(run.child.pid ?? 0);
  const timer = setInterval(() => {
    if (disturb?.(descendants.alive()) === true) clearInterval(timer);
  }, 20);
  const code = await run.ended;
  clearInterval(timer);
  descendants.stop();
  expect(code, run.output()).toBe(0);
  const out = join(dir, 'demo', 'out');
  // It names generations, which are those of one run.
  const files = (await readdir(out)).filter((file) => file !== 'provenance.json').sort();
  const digests = files.map(async (file): Promise<[string, string]> => {
    const bytes = await readFile(join(out, file));
    return [file, createHash('sha256').update(bytes).digest('hex')];
  });
  return new Map(await Promise.all(digests));
}

test('two fresh runs, one whose shard processes are killed half way, and one in chaos write the same bytes', async () => {
  const first = await runJob('first');
  expect([...first.keys()]).toEqual(
    expect.arrayContaining(['metadata.json', 'failures.jsonl', 'train-00000.tar']),
  );
  expect(await runJob('second')).toEqual(first);

  const killed = new Set<number>();
  const disturbed = await runJob('killed', (processes) => {
    const shard = processes.find((line) => /boxes\/shard\/main\.mjs/.test(line));
    const pid = Number.parseInt(shard ?? '', 10);
    if (Number.isNaN(pid) || killed.has(pid)) return false;
    killed.add(pid);
    // Past its cold start and into its first records.
    setTimeout(() => kill(pid), 900);
    return killed.size === KILLS;
  });
  expect(killed.size).toBe(KILLS);
  expect(disturbed).toEqual(first);

  expect(await runJob('chaos', undefined, ['--chaos', '7'])).toEqual(first);
}, 480_000);

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It had ended by itself.
  }
}
