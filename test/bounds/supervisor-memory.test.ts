/** The memory limit of a box, and what a large body costs on its way through. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type ClientRequest, request as startRequest } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive, statsOf, withSupervisor } from './supervised.ts';

const MIB = 1024 * 1024;
const PROCESS = fileURLToPath(new URL('../fixtures/supervisor-process.ts', import.meta.url));

async function startSupervisorProcess() {
  const child = spawn(process.execPath, [PROCESS], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGTERM');
  });
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${code}`)));
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  ended.catch(() => {});
  const { origin }: { origin: string } = JSON.parse(line);
  return { child, pid: child.pid ?? 0, origin };
}

function peakMiB(pid: number): number {
  const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

test('a box over its limit is killed with one clear line, its task fails so that it comes again', async () => {
  await withSupervisor({}, async (supervised) => {
    const take = (mib: number) =>
      fetch(`${supervised.origin}/hog/take`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ mib }),
      });
    expect((await take(8)).status).toBe(200);
    expect(supervised.notices).toEqual([]);

    const killed = await take(400);
    expect(killed.status).toBe(502);
    expect(await killed.json()).toMatchObject({
      code: 'out-of-memory',
      detail: 'hog was killed over its memory limit of 128 MiB',
    });
    expect(supervised.notices).toEqual([
      expect.stringMatching(
        /^hog: killed at [1-3]\d\d MiB, limit 128 MiB; its task will be delivered again$/,
      ),
    ]);
    expect(statsOf(supervised, 'hog')).toMatchObject({ kills: 1, instances: 0 });
    expect(statsOf(supervised, 'hog').peakMiB).toBeGreaterThan(128);

    expect((await take(8)).status).toBe(200);
    expect(statsOf(supervised, 'hog')).toMatchObject({ kills: 1, restarts: 1, instances: 1 });
  });
});

test('400 MiB pass through, there and back, and stay neither in the supervisor nor in the box', async () => {
  const { pid, origin } = await startSupervisorProcess();
  const { pid: boxPid }: { pid: number } = await (await fetch(`${origin}/busy/wait/0`)).json();
  const beforeMiB = peakMiB(pid);
  const chunk = Buffer.alloc(MIB, 7);
  // No request may hold more than 32 MiB; an answer that streams may.
  for (let round = 0; round < 16; round++) {
    const upload = startRequest(`${origin}/busy/echo`, { method: 'POST' });
    Readable.from(Array.from({ length: 25 }, () => chunk)).pipe(upload);
    expect(await readSlowly(upload)).toBe(25 * MIB);
  }
  expect(await readSlowly(startRequest(`${origin}/busy/stream/400`).end())).toBe(400 * MIB);
  // Node lets about 64 MiB of buffers gather before it collects them, however much passes through.
  expect(peakMiB(pid) - beforeMiB).toBeLessThan(150);
  expect(peakMiB(boxPid)).toBeLessThan(192);
});

/** The bytes of its answer, taken more slowly than a box sends: what does not fit must wait at its source. */
async function readSlowly(sent: ClientRequest): Promise<number> {
  const [response] = await once(sent, 'response');
  let bytes = 0;
  for await (const part of response) {
    bytes += part.length;
    if (bytes % (16 * MIB) < part.length) await delay(5);
  }
  return bytes;
}

test('when the supervisor is killed, its boxes end too', async () => {
  const { child, origin } = await startSupervisorProcess();
  const pids = await Promise.all(
    ['busy/wait/0', 'stubborn/pid'].map(
      async (path) => (await (await fetch(`${origin}/${path}`)).json()).pid,
    ),
  );
  expect(pids.filter(isAlive).length).toBe(2);
  child.kill('SIGKILL');
  await expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([]);
});
