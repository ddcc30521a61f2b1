/** The edge as processes: without the functions behind it, stopped, and where its port is taken. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { example, FUNCTIONS, registered, SERVICES } from '../../../test/fixtures/edge/services.ts';
import { bundleWorker } from './bundle-worker.ts';
import { startEdge } from './edge.ts';

const HAS_PROC = existsSync('/proc/self/stat');
const NOWHERE = 'http://nowhere.invalid/{box}';
const AT_FUNCTION = { 'pillbox-run-at': 'function' };

test('with the function down the edge still predicts, and says 503 and when to come back for the rest', async () => {
  const alone = await startEdge({
    functions: SERVICES.map(registered),
    port: 0,
    // The port of the discard service, where nobody listens: a free one may be given to another test.
    boxUrl: 'http://127.0.0.1:9/{box}',
  });
  try {
    const predicted = await fetch(`${alone.origin}/heart/tabular`, {
      method: 'POST',
      body: await example('heart'),
      headers: { 'content-type': 'application/json' },
    });
    expect(predicted.status).toBe(200);
    for (const [path, headers] of [
      ['/heart/tabular', AT_FUNCTION],
      ['/heart/later', {}],
    ] as const) {
      const response = await fetch(alone.origin + path, { method: 'POST', body: '{}', headers });
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      expect((await response.json()).code).toBe('function-unreachable');
    }
  } finally {
    await alone.stop();
  }
});

test.skipIf(!HAS_PROC)('stopping leaves no process behind, and the port free', async () => {
  const before = workerdCount();
  const short = await startEdge({ functions: [registered('heart')], port: 0, boxUrl: NOWHERE });
  expect(workerdCount()).toBe(before + 1);
  await short.stop();
  await short.stop();
  await expect.poll(workerdCount).toBe(before);
  await expect(fetch(short.origin)).rejects.toThrow();
});

test.skipIf(!HAS_PROC)('a taken port is an error, and leaves no process behind', async () => {
  const first = await startEdge({ functions: [], port: 0, boxUrl: NOWHERE });
  onTestFinished(() => first.stop());
  const before = workerdCount();
  const port = Number(new URL(first.origin).port);
  await expect(startEdge({ functions: [], port, boxUrl: NOWHERE })).rejects.toThrow();
  await expect.poll(workerdCount).toBe(before);
});

test('a Worker is small: under an eighth of the 3 MB that Cloudflare takes on its free plan', async () => {
  const script = await bundleWorker(join(FUNCTIONS, 'heart', 'worker.ts'), ['.xgboost.json']);
  expect(script.length).toBeLessThan(384 * 1024);
});

/** Children of this process that are workerd, as /proc tells. */
function workerdCount(): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/stat`, 'utf8');
      } catch {
        return '';
      }
    });
  return stats.filter((stat) => /\(workerd\) [^Z] (\d+)/.exec(stat)?.[1] === String(process.pid)).length;
}
