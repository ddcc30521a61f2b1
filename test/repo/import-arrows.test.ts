/** Which folder may import which: the arrows of ARCHITECTURE.md, read off the source. */

import { expect, test } from 'vitest';
import { readSources, type SourceFile } from './source-files.ts';

const sources = readSources('functions', 'shared', 'infra', 'test').filter(
  (file) => !file.path.endsWith('.test.ts'),
);

/** Platform SDKs and the files that may import each. */
const ADAPTERS: Readonly<Record<string, RegExp>> = {
  '@google-cloud/storage': /^shared\/storage\/google-object-store\.ts$/,
  '@google-cloud/tasks': /^shared\/tasks\/google-task-queue\.ts$/,
  'google-auth-library': /^shared\/(storage|tasks|google)\/[\w-]+\.ts$/,
  '@hono/node-server': /^shared\/http\/serve-box\.ts$/,
  sharp: /^((functions\/shard|infra\/sample)\/[\w-]+|shared\/images\/(load-sharp|decode-image))\.ts$/,
  'onnxruntime-node': /^shared\/images\/(onnx-session|session-options)\.ts$/,
  miniflare: /^infra\/local\/edge\/[\w-]+\.ts$/,
};

function offenders(isWrong: (file: SourceFile, target: string) => boolean): string[] {
  return sources.flatMap((file) =>
    file.imports.filter((target) => isWrong(file, target)).map((target) => `${file.path} -> ${target}`),
  );
}

test('the reader sees imports of every kind', () => {
  const targets = new Set(sources.flatMap((file) => file.imports));
  expect(targets).toContain('shared/errors/terminal-error.ts');
  expect(targets).toContain('node:fs');
  expect(targets).toContain('hono');
});

test('a function imports shared and its own folder, never another function or infra', () => {
  expect(
    offenders(({ path }, target) => {
      const [top, name] = path.split('/');
      if (top !== 'functions') return false;
      if (target.startsWith('functions/')) return target.split('/')[1] !== name;
      return target.startsWith('infra/') || target.startsWith('test/');
    }),
  ).toEqual([]);
});

test('shared imports only shared', () => {
  expect(
    offenders(({ path }, target) => path.startsWith('shared/') && /^(functions|infra|test)\//.test(target)),
  ).toEqual([]);
});

test('nothing but tests imports test', () => {
  expect(offenders(({ path }, target) => !path.startsWith('test/') && target.startsWith('test/'))).toEqual(
    [],
  );
});

test('infra reaches a function only through its folder: configuration, entries, models', () => {
  expect(
    offenders(({ path }, target) => path.startsWith('infra/') && target.startsWith('functions/')),
  ).toEqual([]);
});

test('each platform SDK is imported in its one adapter', () => {
  const wrong = offenders(({ path }, target) => {
    if (path.startsWith('test/')) return false;
    const allowed = ADAPTERS[target];
    return allowed !== undefined && !allowed.test(path);
  });
  expect(wrong).toEqual([]);
  for (const name of Object.keys(ADAPTERS)) {
    const users = sources.filter(
      (file) => file.path.startsWith('test/') === false && file.imports.includes(name),
    );
    expect(users.length, `${name} is used`).toBeGreaterThan(0);
  }
});

test('what runs in a Worker reaches nothing of Node', () => {
  const byPath = new Map(sources.map((file) => [file.path, file]));
  const reached = new Set<string>();
  const pending = sources
    .filter((file) => /^functions\/[^/]+\/worker\.ts$/.test(file.path))
    .map((file) => file.path);
  expect(pending.length).toBeGreaterThan(0);
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    pending.push(...(byPath.get(path)?.runtimeImports ?? []));
  }
  expect([...reached].filter((target) => target.startsWith('node:') || target in ADAPTERS)).toEqual([]);
});
