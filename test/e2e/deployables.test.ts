/** What would be deployed: each function's bundle runs in an empty folder. Of Workers, infra/local/edge/wrangler.test.ts shows it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleFunction } from '../../infra/gcp/bundle.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { ROOT } from './local-run.ts';

const functions = await loadFunctions(ROOT);
let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-bundle-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

test.each(functions.map((fn) => fn.name))(
  'the bundle of %s starts as its container would, answers and drains',
  async (name) => {
    const out = join(dir, name);
    await bundleFunction(name, out);
    const child = spawn(join(out, 'start'), {
      cwd: out,
      env: {
        PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
        PORT: '0',
        PILLBOX_BOX_URL: 'https://pillbox-{box}.example.com',
        // No Google credentials are needed to start.
        PILLBOX_CLOUD_ENDPOINT: 'http://127.0.0.1:9',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const port = await new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /"message":"listening".*"port":(\d+)/.exec(line)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, box: name }]);
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  },
);
