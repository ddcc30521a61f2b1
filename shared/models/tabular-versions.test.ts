import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { createEdgeWorker } from './edge-worker.ts';
import { type ModelCard, parseModelCard } from './model-card.ts';
import { createTabularApp } from './tabular-service.ts';

const MODELS = join(import.meta.dirname, '../../functions/diabetes/models');
const card = parseModelCard(JSON.parse(readFileSync(join(MODELS, 'diabetes.card.json'), 'utf8')));
const modelText = readFileSync(join(MODELS, 'diabetes.xgboost.json'), 'utf8');
const body = JSON.stringify(card.example);
const next: ModelCard = { ...card, version: '9.0.0', traffic: 0.5 };
const log = () => {};
afterEach(() => void vi.unstubAllGlobals());

function start(cards: ModelCard | ModelCard[], moreCards?: () => Promise<readonly ModelCard[]>) {
  const loaded: string[] = [];
  const app = createTabularApp({
    box: 'diabetes',
    card: cards,
    servedBy: 'function',
    moreCards,
    loadModelText: async ({ version }) => {
      loaded.push(version);
      return modelText;
    },
    log,
  });
  const post = async (query = '', headers: Record<string, string> = {}) => {
    const json = { 'content-type': 'application/json', ...headers };
    return await app.request(`/tabular${query}`, { method: 'POST', body, headers: json });
  };
  return { post, loaded };
}

test('a version is answered by name, and only versions that are asked for are loaded', async () => {
  const { post, loaded } = start([card, { ...next, traffic: 0 }]);
  expect((await (await post()).json()).model.version).toBe(card.version);
  expect(loaded).toEqual([card.version]);
  expect((await (await post('?version=9.0.0')).json()).model.version).toBe('9.0.0');
  expect((await post('?version=8')).status).toBe(404);
  expect(loaded).toEqual([card.version, '9.0.0']);
});

test('a canary takes a share of the callers, each of whom stays with it', async () => {
  const { post } = start([card, next]);
  const versions = new Set<string>();
  for (let caller = 0; caller < 20; caller += 1) {
    const headers = { 'pillbox-caller': `caller ${caller}` };
    const { version } = (await (await post('', headers)).json()).model;
    expect((await (await post('', headers)).json()).model.version).toBe(version);
    versions.add(version);
  }
  expect(versions).toEqual(new Set([card.version, '9.0.0']));
});

test('a version that appears later is served, and what was loaded stays loaded', async () => {
  let more: readonly ModelCard[] = [];
  const { post, loaded } = start(card, async () => more);
  expect((await post('?version=9.0.0')).status).toBe(404);
  await post();
  more = [next];
  expect((await post('?version=9.0.0')).status).toBe(200);
  more = [next, { ...next, version: '9.1.0', traffic: 0.1 }];
  expect((await post('?version=9.0.0')).status).toBe(200);
  expect(loaded).toEqual([card.version, '9.0.0']);
});

test('two standard versions stop the service at its start', () => {
  expect(() => start([card, { ...card, version: '2' }])).toThrow(/exactly one card/);
});

test('the edge passes on a version that it does not carry, with its body', async () => {
  const passed: string[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    passed.push(request.url, await request.text());
    return Response.json({ from: 'function' });
  });
  const worker = createEdgeWorker({
    box: 'diabetes',
    modelTexts: { [card.file]: modelText },
    createApp: (place) => createTabularApp({ box: 'diabetes', card, ...place, log }),
  });
  const ask = (query: string) => {
    const headers = { 'content-type': 'application/json' };
    const request = new Request(`http://edge/diabetes/tabular${query}`, { method: 'POST', body, headers });
    return worker.fetch(request, { FUNCTION_ORIGIN: 'http://box/diabetes' });
  };
  const here = await ask(`?version=${card.version}`);
  expect(here.headers.get('pillbox-served-by')).toBe('edge');
  expect(passed).toEqual([]);
  const there = await ask('?version=9.0.0');
  expect(there.headers.get('pillbox-served-by')).toBe('function');
  expect(await there.json()).toEqual({ from: 'function' });
  expect(passed).toEqual(['http://box/diabetes/tabular?version=9.0.0', body]);
});
