/** What the edge answers by itself, what it passes on, and that both places answer the same. */

import type { IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { example, registered, SERVICES, startBoxes } from '../../../test/fixtures/edge/services.ts';
import { startEdge } from './edge.ts';
import type { RunningWorkerd } from './workerd.ts';

const AT_FUNCTION = { 'pillbox-run-at': 'function' };

const lines: string[] = [];
let edge: RunningWorkerd;
let boxes: Awaited<ReturnType<typeof startBoxes>>;
let received: IncomingMessage | undefined;

beforeAll(async () => {
  boxes = await startBoxes((request) => {
    received = request;
  });
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

async function post(path: string, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(edge.origin + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { response, servedBy: response.headers.get('pillbox-served-by'), body: await response.json() };
}

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

test('another model of the inference protocol is asked of the function', async () => {
  const response = await fetch(`${edge.origin}/heart/v2/models/other/infer`, { method: 'POST', body: '{}' });
  expect([response.status, response.headers.get('pillbox-served-by')]).toEqual([404, 'function']);
  expect(received?.url).toBe('/heart/v2/models/other/infer');
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
