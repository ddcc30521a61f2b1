/** The package as a newcomer installs it: exact pins, the pinned Node, a lock file that holds on any machine. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { ROOT, readSources } from './source-files.ts';

const names = z.record(z.string(), z.string());
const packageJson = z
  .object({ dependencies: names, devDependencies: names, scripts: names })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        resolved: z.string().optional(),
        optionalDependencies: names.optional(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')));
const dependencies = { ...packageJson.dependencies, ...packageJson.devDependencies };

test('every dependency is pinned to one version', () => {
  const loose = Object.entries(dependencies).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
  );
  expect(loose).toEqual([]);
});

test('the lock file holds what package.json names, and no registry address', () => {
  for (const [name, version] of Object.entries(dependencies)) {
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
  }
  expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
});

test('the lock file covers the other platforms, or npm ci refuses it there', () => {
  const missing = Object.values(lock.packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}).filter(
      (name) => lock.packages[`node_modules/${name}`] === undefined,
    ),
  );
  expect(missing).toEqual([]);
});

test('the tests run on the pinned Node, and so does the container', () => {
  expect(process.versions.node).toBe(packageJson.dependencies['node']);
  const dockerfile = readFileSync(join(ROOT, 'infra/gcp/Dockerfile'), 'utf8');
  expect(dockerfile).toContain(`ARG NODE_VERSION=${packageJson.dependencies['node']}\n`);
  const cloudbuild = readFileSync(join(ROOT, 'cloudbuild.yaml'), 'utf8');
  const images = [...cloudbuild.matchAll(/name: node:(\S+)/g)].map((match) => match[1]);
  expect(new Set(images)).toEqual(new Set([packageJson.dependencies['node']]));
});

test('ONNX Runtime downloads nothing at install', () => {
  expect(readFileSync(join(ROOT, '.npmrc'), 'utf8')).toMatch(/^onnxruntime-node-install=skip$/m);
});

test('every source file opens with one sentence of purpose', () => {
  const without = readSources('functions', 'shared', 'infra', 'test')
    .filter((file) => !file.path.endsWith('.test.ts') && !file.path.includes('/fixtures/'))
    .filter((file) => !/^(#!.*\n)?\/\*\*/.test(file.text))
    .map((file) => file.path);
  expect(without).toEqual([]);
});
