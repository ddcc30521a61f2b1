import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { readProcessMemory } from './proc-status.ts';

test.each([process.platform, 'darwin' as const])(
  'another process, read as on %s, and its end',
  async (platform) => {
    const code =
      'globalThis.held = Buffer.alloc(64 * 1024 * 1024, 1); console.log("ready"); setInterval(() => {}, 1000)';
    const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    const memory = await readProcessMemory(child.pid ?? 0, platform);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(memory?.residentBytes).toBeGreaterThan(90 * 1024 * 1024);
    expect(memory?.residentBytes).toBeLessThan(400 * 1024 * 1024);
    expect(memory?.peakBytes).toBeGreaterThanOrEqual(memory?.residentBytes ?? 0);
    expect(await readProcessMemory(child.pid ?? 0, platform)).toBeUndefined();
  },
);
