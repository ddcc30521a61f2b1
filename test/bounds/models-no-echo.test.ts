/** No value that a caller sends comes up in what a model service logs, nor in what it answers where it refuses. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { MARK } from '../fixtures/fuzz/mark.ts';
import { MARKS, type MarkedRequest, markedRequests } from '../fixtures/privacy/marked-requests.ts';

const ROOT = join(import.meta.dirname, '../..');
/** An id that is safe to log is taken over: it shows that the search finds what is there. */
/** Random digits, among which a marked number may be. */
const REQUEST_UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const REQUEST_ID = 'R4k-shown-on-purpose';

let modelCache: string;
beforeAll(async () => {
  modelCache = await mkdtemp(join(tmpdir(), 'pillbox-models-'));
});
afterAll(() => rm(modelCache, { recursive: true }));

test.each([
  // The whole service, and one whose network would take long to be made.
  {
    box: 'diabetes',
    model: 'retina',
    numberInput: 'bmi',
    markedNumber: 31.4159268,
    entry: 'functions/diabetes/node.ts',
  },
  {
    box: 'heart',
    model: 'ecg',
    numberInput: 'st_depression',
    markedNumber: 4.141_592_6,
    entry: 'test/fixtures/fuzz/image-service-process.ts',
  },
])('$box', async ({ box, model, numberInput, markedNumber, entry }) => {
  const { example } = JSON.parse(
    readFileSync(join(ROOT, 'functions', box, 'models', `${box}.card.json`), 'utf8'),
  );
  const service = await startService(join(ROOT, entry), [box, model]);
  const requests = await markedRequests({
    picturePath: `/${model}`,
    tabularModel: `${box}-tabular`,
    example,
    numberInput,
    markedNumber,
  });
  try {
    for (const request of requests) await checkAnswer(service.port, request);
    await checkNames(service.port, model);
    const named = await post(service.port, {
      path: '/tabular',
      body: '',
      headers: { 'x-request-id': REQUEST_ID },
    });
    await named.text();
  } finally {
    service.child.kill('SIGTERM');
  }
  expect(await service.errors).toBe('');
  const lines = (await service.output)?.trim().replaceAll(REQUEST_UUID, '').split('\n') ?? [];
  expect(lines.length).toBeGreaterThan(requests.length);
  expect(lines.join('\n')).toContain(REQUEST_ID);
  expect(lines.filter((line) => MARKS.some((mark) => line.includes(mark)))).toEqual([]);
});

async function checkAnswer(port: number, request: MarkedRequest): Promise<void> {
  const response = await post(port, request);
  const body = await response.text();
  const about = `${request.about}: ${body.slice(0, 300)}`;
  expect(response.status, about).toBe(request.status);
  if (response.ok) return;
  const answered = `${body}\n${JSON.stringify([...response.headers])}`.replaceAll(REQUEST_UUID, '');
  expect(
    MARKS.filter((mark) => answered.includes(mark)),
    about,
  ).toEqual([]);
}

/** A field that is none is named, so that whoever misspelt it finds it: in the answer alone, and nowhere else in that. */
async function checkNames(port: number, model: string): Promise<void> {
  const form = new FormData();
  form.append(MARK, '1');
  form.append('image', new Blob(['x']), 'x.jpg');
  const json = { 'content-type': 'application/json' };
  for (const request of [
    { path: '/tabular', body: JSON.stringify({ [MARK]: 1 }), headers: json },
    { path: '/predict', body: JSON.stringify({ tabular: { [MARK]: 1 } }), headers: json },
    { path: `/${model}`, body: form },
    { path: '/predict', body: form },
  ]) {
    const response = await post(port, request);
    expect(response.status, request.path).toBe(422);
    const { errors, ...rest } = await response.json();
    expect(errors.map((error: { path: string }) => error.path)).toContain(MARK);
    expect(JSON.stringify([rest, errors.map((error: { message: string }) => error.message)])).not.toContain(
      MARK,
    );
  }
}

function post(
  port: number,
  { path, body, headers = {} }: Pick<MarkedRequest, 'path' | 'body' | 'headers'>,
): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers });
}

async function startService(entry: string, args: readonly string[]) {
  const { nodeFlags, env } = boxProcessOptions(256);
  const child = spawn(process.execPath, [...nodeFlags, entry, ...args], {
    env: {
      PATH: process.env['PATH'],
      ...env,
      PORT: '0',
      PILLBOX_LISTEN_HOST: '127.0.0.1',
      PILLBOX_MODEL_CACHE: modelCache,
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const [output, errors] = [child.stdout, child.stderr].map((stream) =>
    stream === null ? '' : text(stream),
  );
  const ended = once(child, 'exit').then(async () => {
    throw new Error(`the service ended: ${await errors}`);
  });
  ended.catch(() => undefined);
  const [message]: { listeningPort?: number }[] = await Promise.race([once(child, 'message'), ended]);
  return { child, output, errors, port: message?.listeningPort ?? 0 };
}
