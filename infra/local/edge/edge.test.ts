import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type HttpBindings, serve } from '@hono/node-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { createApp as createDiabetes } from '../../../functions/diabetes/app.ts';
import { createApp as createHeart } from '../../../functions/heart/app.ts';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { bundleWorker } from './bundle-worker.ts';
import { startEdge } from './edge.ts';
import type { RunningWorkerd } from './workerd.ts';

const FUNCTIONS = join(import.meta.dirname, '../../../functions');
const SERVICES = ['diabetes', 'heart'] as const;
const exampleSchema = z.object({ example: z.record(z.string(), z.unknown()) });

const HAS_PROC = existsSync('/proc/self/stat');

const lines: string[] = [];
let edge: RunningWorkerd;
let boxes: { url: string; close(): Promise<void> };
let received: IncomingMessage | undefined;

beforeAll(async () => {
  boxes = await startBoxes();
  edge = await startEdge({
    functions: SERVICES.map(registered),
    port: 0,
    boxUrl: `${boxes.url}/{box}`,
    onLine: (line) => lines.push(line),
  });
});

afterAll(async () => {
  await edge?.stop();
  await boxes?.close();
});

function registered(name: string): RegisteredFunction {
  const folder = join(FUNCTIONS, name);
  return {
    name,
    folder,
    entry: join(folder, 'node.ts'),
    worker: join(folder, 'worker.ts'),
    config: {
      description: name,
      memoryMiB: 256,
      cpu: 1,
      concurrency: 80,
      timeoutSeconds: 30,
      maxInstances: 1,
      triggers: [{ kind: 'http', edge: true }],
    },
  };
}

/** Stands in for the supervisor: `/<box>/<path>` goes to the app of the box at `/<path>`. */
async function startBoxes() {
  const apps = new Map(
    [createDiabetes, createHeart].map((create, at) => {
      const name = SERVICES[at] ?? '';
      const file = join(FUNCTIONS, name, 'models', `${name}.xgboost.json`);
      return [
        name,
        create({ servedBy: 'function', loadModelText: () => readFile(file, 'utf8'), log: () => {} }),
      ];
    }),
  );
  const server = serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async (request, bindings) => {
      received = (bindings as HttpBindings).incoming;
      const url = new URL(request.url);
      const [, box, ...path] = url.pathname.split('/');
      url.pathname = `/${path.join('/')}`;
      return (
        (await apps.get(box ?? '')?.fetch(new Request(url, request))) ?? new Response(null, { status: 502 })
      );
    },
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function example(service: string): Promise<string> {
  const card = JSON.parse(await readFile(join(FUNCTIONS, service, 'models', `${service}.card.json`), 'utf8'));
  return JSON.stringify(exampleSchema.parse(card).example);
}

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(edge.origin + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { response, servedBy: response.headers.get('pillbox-served-by'), body: await response.json() };
}

const AT_FUNCTION = { 'pillbox-run-at': 'function' };

test.each(SERVICES)(
  '%s: edge and function give the same answer, and say which of them it was',
  async (service) => {
    const body = await example(service);
    const here = await post(`/${service}/tabular`, body);
    const there = await post(`/${service}/tabular`, body, AT_FUNCTION);
    expect([here.response.status, here.servedBy]).toEqual([200, 'edge']);
    expect([there.response.status, there.servedBy]).toEqual([200, 'function']);
    expect(here.body).toEqual(there.body);
    expect(here.body.probability).toBeGreaterThan(0);
  },
);

test.each(SERVICES)(
  '%s: the edge explains, takes batches, and speaks the inference protocol',
  async (service) => {
    const record: unknown = JSON.parse(await example(service));
    const explained = await post(
      `/${service}/tabular?explain=true`,
      JSON.stringify({ rows: [record, record] }),
    );
    expect([explained.response.status, explained.servedBy]).toEqual([200, 'edge']);
    const [{ explanation, margin }] = explained.body.rows;
    const values = Object.values<number>(explanation.contributions);
    expect(values.reduce((sum, one) => sum + one, explanation.bias)).toBeCloseTo(margin, 5);
    const metadata = await fetch(`${edge.origin}/${service}/v2/models/${service}-tabular`);
    expect(metadata.headers.get('pillbox-served-by')).toBe('edge');
    const inputs = (await metadata.json()).inputs.map((input: { name: string }) => ({
      ...input,
      shape: [1],
      data: [(record as Record<string, unknown>)[input.name] ?? null],
    }));
    const inferred = await post(`/${service}/v2/models/${service}-tabular/infer`, JSON.stringify({ inputs }));
    expect(inferred.body.outputs[0].data).toEqual([explained.body.rows[0].probability]);
    const docs = await fetch(`${edge.origin}/${service}/docs`);
    expect([docs.status, docs.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  },
);

test('another model of the inference protocol is asked of the function', async () => {
  const response = await fetch(`${edge.origin}/heart/v2/models/other/infer`, { method: 'POST', body: '{}' });
  expect([response.status, response.headers.get('pillbox-served-by')]).toEqual([404, 'function']);
  expect(received?.url).toBe('/heart/v2/models/other/infer');
});

test.each([
  ['not JSON', '{', 400],
  ['too large', `"${'x'.repeat(132_000)}"`, 413],
  ['invalid', '{"glucose":"high","age":3,"shoe_size":40}', 422],
])('%s: the same problem at both places', async (_name, body, status) => {
  const withId = { 'x-request-id': 'test-1' };
  const here = await post('/diabetes/tabular', body, withId);
  const there = await post('/diabetes/tabular', body, { ...withId, ...AT_FUNCTION });
  expect([here.response.status, here.servedBy]).toEqual([status, 'edge']);
  expect(there.servedBy).toBe('function');
  expect(here.response.headers.get('content-type')).toContain('application/problem+json');
  expect(here.body).toEqual(there.body);
});

test('a path that the edge has no answer to is passed on, without the prefix and with its query', async () => {
  const response = await fetch(`${edge.origin}/heart/later/thing?x=1`);
  expect(response.status).toBe(404);
  expect(response.headers.get('pillbox-served-by')).toBe('function');
  expect(received?.url).toBe('/heart/later/thing?x=1');
});

test('health is of the place that is asked', async () => {
  const here = await fetch(`${edge.origin}/heart/health/ready`);
  expect(await here.json()).toEqual({ ready: true, box: 'heart' });
  received = undefined;
  await (await fetch(`${edge.origin}/heart/health/ready`, { headers: AT_FUNCTION })).text();
  expect(received).toMatchObject({ url: '/heart/health/ready' });
});

test('a place that does not exist is refused', async () => {
  const { response, body } = await post('/heart/tabular', '{}', { 'pillbox-run-at': 'moon' });
  expect([response.status, body.code]).toEqual([400, 'header-invalid']);
});

test('the root lists the services, and so does the answer to an unknown path', async () => {
  const root = await (await fetch(`${edge.origin}/`)).json();
  expect(root.services).toContainEqual({
    service: 'heart',
    links: { about: '/heart/', predict: '/heart/tabular', openapi: '/heart/openapi.json' },
  });
  for (const path of ['/nothing/tabular', '/SERVICES/x', '/diabetesx']) {
    const response = await fetch(edge.origin + path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect((await response.json()).detail).toBe('the services are at /diabetes/, /heart/');
  }
});

test.each(['/heart', '/heart/'])('%s is the page of the service', async (path) => {
  expect(await (await fetch(edge.origin + path)).json()).toMatchObject({ service: 'heart' });
});

test('the Workers’ lines are handed out, with the route and no value', async () => {
  lines.length = 0;
  await post('/diabetes/tabular', '{"glucose":"Q7wPatient"}');
  await expect.poll(() => lines.join('\n')).toContain('POST /tabular 422');
  await (await fetch(`${edge.origin}/diabetes/health/live`)).text();
  await (await fetch(`${edge.origin}/diabetes/`)).text();
  await expect.poll(() => lines.join('\n')).toContain('GET / 200');
  expect(lines).toHaveLength(2);
  expect(lines.join('\n')).not.toContain('Q7wPatient');
});

test('with the function down the edge still predicts, and says 503 and when to come back for the rest', async () => {
  const alone = await startEdge({
    functions: SERVICES.map(registered),
    port: 0,
    boxUrl: `http://127.0.0.1:${await closedPort()}/{box}`,
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
  const short = await startEdge({ functions: [registered('heart')], port: 0, boxUrl: `${boxes.url}/{box}` });
  expect(workerdCount()).toBe(before + 1);
  await short.stop();
  await short.stop();
  await expect.poll(workerdCount).toBe(before);
  await expect(fetch(short.origin)).rejects.toThrow();
});

test.skipIf(!HAS_PROC)('a taken port is an error, and leaves no process behind', async () => {
  const before = workerdCount();
  const port = Number(new URL(edge.origin).port);
  await expect(startEdge({ functions: [], port, boxUrl: boxes.url })).rejects.toThrow();
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

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
