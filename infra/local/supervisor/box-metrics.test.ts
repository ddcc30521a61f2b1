import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { BoxInstance } from './box-instance.ts';
import { createMetricsReader, parseMetrics } from './box-metrics.ts';

const TEXT = `# HELP pillbox_pressure_level 0 normal to 4 drain
# TYPE pillbox_pressure_level gauge
pillbox_pressure_level 2
pillbox_memory_limit_bytes 2.68435456e+08
pillbox_route_peak_bytes{route="/a b"} 100
pillbox_route_peak_bytes{route="/c"} 300 1700000000000
pillbox_route_peak_bytes{route="/models/{name}"} 400
pillbox_route_peak_bytes{route="/\\"}"} 500
pillbox_requests_refused_total{status="503"} 4
pillbox_requests_refused_total{status="413"} 3
pillbox_sheds_total NaN
process_cpu_seconds_total 5
`;

test('figures by name; counters with labels added up, the largest gauge; nothing of others', () => {
  expect(parseMetrics(TEXT)).toEqual({
    pillbox_pressure_level: 2,
    pillbox_memory_limit_bytes: 268_435_456,
    pillbox_route_peak_bytes: 500,
    pillbox_requests_refused_total: 7,
  });
});

/** Enough for a first connection on a busy machine. */
const ANSWER_WITHIN_MS = 3_000;

/** A box that answers `/metrics` with what `answer` says; null = not at all. */
async function startBox(answer: { status: number; text: string } | null) {
  const box = { answer, asked: 0 };
  const server = createServer((_, response) => {
    box.asked += 1;
    if (box.answer !== null) response.writeHead(box.answer.status).end(box.answer.text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { box, instance: { state: 'ready', port } as BoxInstance };
}

test('one that is too busy to answer keeps its last answer', async () => {
  const { box, instance } = await startBox({ status: 200, text: 'pillbox_pressure_level 1\n' });
  const read = createMetricsReader(ANSWER_WITHIN_MS);
  expect(await read(instance)).toEqual({ pillbox_pressure_level: 1 });
  box.answer = null;
  expect(await read(instance)).toEqual({ pillbox_pressure_level: 1 });
  box.answer = { status: 200, text: 'pillbox_pressure_level 0\n' };
  expect(await read(instance)).toEqual({ pillbox_pressure_level: 0 });
});

test('one that has no metrics is asked once, and one that is not ready never', async () => {
  const { box, instance } = await startBox({ status: 404, text: '' });
  const read = createMetricsReader(ANSWER_WITHIN_MS);
  expect(await read(instance)).toBeUndefined();
  expect(await read(instance)).toBeUndefined();
  expect(box.asked).toBe(1);
  expect(await read({ state: 'starting', port: 0 } as BoxInstance)).toBeUndefined();
});
