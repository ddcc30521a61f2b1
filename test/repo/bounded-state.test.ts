/** State that outlives a request must be bounded: no collection of a process that lives on may be one that only grows. */

import { expect, test } from 'vitest';
import { findGrowingState } from './growing-state.ts';
import { readSources } from './source-files.ts';

/** Collections of modules that are added to, and what bounds each. */
const BOUNDED_MODULES: Readonly<Record<string, string>> = {
  'infra/cli/copy/download.ts: unfinished': 'the downloads at work: taken out when one is whole',
};

/** What lives as long as a box, the supervisor or the local cloud: all that runs in them but for the work of one task. */
const LONG_LIVED = /^(?:infra\/local|shared\/(?:box|budget|http|images|models))\//;

/** Collections of objects and closures there from which nothing is ever taken, and what bounds each. */
const BOUNDED_OBJECTS: Readonly<Record<string, string>> = {
  'infra/local/cloud/storage/storage-under-test.ts: events': 'of one test',
  'infra/local/kill-boxes.ts: past': 'a second of the kinds of processes that there are',
  'shared/budget/cost-estimator.ts: routes': 'maxRoutes of them; the others share one',
  'shared/images/generate/network.ts: Network.nodes': 'of one network',
  'shared/images/generate/network.ts: Network.tensors': 'of one network',
  'shared/images/graph-reader.ts: GraphReader.#inputs': 'of one file',
  'shared/images/graph-reader.ts: GraphReader.#operators': 'of one file',
  'shared/images/graph-reader.ts: GraphReader.#opsets': 'of one file',
  'shared/images/graph-reader.ts: GraphReader.#outputs': 'of one file',
  'shared/images/graph-reader.ts: GraphReader.#weightNames': 'of one file',
  'shared/images/graph-reader.ts: GraphReader.#weights': 'of one file',
  'shared/images/timings.ts: steps': 'of one request',
  'shared/models/model-store.ts: bundled': 'the models that come with the code',
  'shared/models/node-list.ts: NodeList.#categories': 'of one model',
};

const SOURCES = readSources('shared', 'functions', 'infra').filter(
  ({ path }) => !/\.(?:test|fixture)\.ts$/.test(path) && !path.includes('/kernels/'),
);
const STATE = SOURCES.flatMap(({ path, text }) =>
  findGrowingState(text).map((found) => ({ ...found, path, id: `${path}: ${found.name}` })),
);

test.each([
  ['const seen = new Set<string>(); f(() => seen.add(id));', 'seen'],
  ['const seen = new Map<string, number>(); const f = () => seen?.set(id, 1);', 'seen'],
  ['const byName: Record<string, X> = {}; function f() { byName[name] ??= make(); }', 'byName'],
  ['const counts = Object.create(null); function f() { counts[key]++; }', 'counts'],
  ['const counts = { a: 0 }; function f() { counts[key] = (counts[key] ?? 0) + 1; }', 'counts'],
  ['export const log: string[] = []; export default () => { log.push(line); };', 'log'],
  ['let log: string[] = []; function f() { log = [...log, line]; }', 'log'],
  ['let log = new Array<string>(); function f() { log = log.concat(line); }', 'log'],
  ['let log = new Set(); function f() { log = new Set([...log, line]); }', 'log'],
  ['let all = {}; function f() { all = { ...all, [key]: 1 }; }', 'all'],
  ['const log = Array.from<string>([]); function f() { log.unshift(line); }', 'log'],
  ['const log = [1, 2].map(String); function f() { log.push(line); }', 'log'],
  ['let log: string[] | undefined; function f() { log ??= []; log.push(line); }', 'log'],
  ['let log; function f() { (log ??= []).push(line); }', 'log'],
  ["let text = ''; function f() { text += line; }", 'text'],
  ['const state = { seen: new Map() }; function f() { state.seen.set(id, 1); }', 'state'],
  ['const state = { log: [] }; function f() { state.log = [...state.log, line]; }', 'state'],
  ['const state = { seen: new Set() }; function f() { const { seen } = state; seen.add(id); }', 'state'],
  ['const byId = new Map(); function f() { const own = byId.get(id) ?? []; own.push(line); }', 'byId'],
  ['const byId = new Map(); function f() { for (const own of byId.values()) own.push(line); }', 'byId'],
  ['const all = {}; function f() { Object.assign(all, more); }', 'all'],
  ['const log = []; function f() { log.splice(0, 0, line); }', 'log'],
  ['const log = [] as string[]; function f() { log!.push(line); }', 'log'],
  ['class A { static seen = new Map(); f() { A.seen.set(id, 1); } }', 'A.seen'],
  ['class A { static #seen = new Map(); static f() { this.#seen?.set(id, 1); } }', 'A.#seen'],
  ['function f() { seen.add(id); } const seen = new Set();', 'seen'],
])('found: %s', (text, name) => {
  expect(findGrowingState(text)).toEqual([expect.objectContaining({ name, keeps: 'module' })]);
});

test.each([
  ["const KNOWN = new Set(['a']); const f = () => KNOWN.has(x);"],
  ['const TABLE: number[] = []; for (let i = 0; i < 256; i++) TABLE.push(i);'],
  ['const seen = new Set(); function f() { const seen = new Set(); seen.add(id); }'],
  ['const seen = new Set(); function f(seen: Set<string>) { seen.add(id); }'],
  ['const seen = []; function f() { for (const seen of lists) seen.push(1); }'],
  ['const seen = []; function f() { try { g(); } catch (seen) { seen.push(1); } }'],
  ['const buffer = new Uint8Array(8); function f() { buffer[i] = 1; buffer.set(other); }'],
  ['const cache = createBoundedCache(bounds); function f() { cache.set(key, value, 1); }'],
  ['const names = new WeakMap(); function f() { names.set(object, 1); }'],
  ['let latest = []; function f() { latest = [line]; }'],
  ['let count = 0; function f() { count += 1; }'],
  ['function f() { const own = new Map(); own.set(1, 2); return own; }'],
  ['class A { f() { const { seen } = this; seen.add(id); } }'],
])('nothing: %s', (text) => {
  expect(findGrowingState(text).filter(({ keeps }) => keeps === 'module')).toEqual([]);
});

test('of objects and closures it is told whether something is taken out as well', () => {
  const text = `
    class Pool { #slots = []; add(one) { this.#slots.push(one); } }
    class Line { #waiting = new Set(); join(one) { this.#waiting.add(one); return () => this.#waiting.delete(one); } }
    function create() { const seen = new Map(); return { add: (id) => seen.set(id, 1) }; }
    function open() { let log = []; return { add(one) { log.push(one); }, take() { const all = log; log = []; return all; } }; }`;
  expect(findGrowingState(text)).toEqual([
    { name: 'Pool.#slots', keeps: 'field', shrinks: false },
    { name: 'Line.#waiting', keeps: 'field', shrinks: true },
    { name: 'seen', keeps: 'closure', shrinks: false },
    { name: 'log', keeps: 'closure', shrinks: true },
  ]);
});

test('no module keeps a collection that grows', () => {
  const found = STATE.filter(({ keeps, id }) => keeps === 'module' && !(id in BOUNDED_MODULES));
  expect(found.map(({ id }) => id)).toEqual([]);
});

test('what lives as long as a box, the supervisor or the local cloud takes out what it puts in, or says why not', () => {
  const found = STATE.filter(
    ({ keeps, shrinks, path, id }) =>
      keeps !== 'module' && !shrinks && LONG_LIVED.test(path) && !(id in BOUNDED_OBJECTS),
  );
  expect(found.map(({ id }) => id)).toEqual([]);
});

test('the lists name nothing that is not there', () => {
  const files = new Set(SOURCES.map(({ path }) => path));
  const named = [...Object.keys(BOUNDED_MODULES), ...Object.keys(BOUNDED_OBJECTS)];
  expect(named.filter((id) => !files.has(id.slice(0, id.indexOf(': '))))).toEqual([]);
});
