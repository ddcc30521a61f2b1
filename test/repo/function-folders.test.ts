/** The shape of a function's folder, and that whatever states a function's limits says what function.json says. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { deployScript } from '../../infra/gcp/deploy-script.ts';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { ROOT } from './source-files.ts';

const functions = await loadFunctions(ROOT);
const script = deployScript(functions);

test('every folder of functions/ is a registered function', () => {
  const folders = readdirSync(join(ROOT, 'functions'));
  expect(functions.map((fn) => fn.name).sort()).toEqual(folders.sort());
});

test.each(functions.map((fn) => [fn.name, fn] as const))(
  'functions/%s has the shape of a box',
  (_name, fn) => {
    const edge = fn.config.triggers.some((trigger) => trigger.kind === 'http' && trigger.edge);
    const wanted = [
      'app.ts',
      'node.ts',
      'function.json',
      'README.md',
      'app.test.ts',
      ...(edge ? ['worker.ts', 'wrangler.jsonc'] : []),
    ];
    expect(wanted.filter((file) => !existsSync(join(fn.folder, file)))).toEqual([]);
    expect(readFileSync(join(fn.folder, 'node.ts'), 'utf8').split('\n').length).toBeLessThan(40);
  },
);

test.each(functions.map((fn) => [fn.name, fn] as const))(
  '%s: README, deployment and process options agree with function.json',
  (name, fn) => {
    const { memoryMiB, cpu, concurrency, timeoutSeconds, maxInstances } = fn.config;
    const readme = readFileSync(join(fn.folder, 'README.md'), 'utf8');
    const stated = [
      ...readme.matchAll(/\b(\d+) MiB limit|limit of (\d+) MiB|memory limit[^\n.]*?(\d+) MiB/gi),
    ].map((m) => Number(m[1] ?? m[2] ?? m[3]));
    expect(stated.length, 'the README states the memory limit').toBeGreaterThan(0);
    expect(new Set(stated)).toEqual(new Set([memoryMiB]));

    const deploy = script.split('\n').find((line) => line.startsWith(`gcloud run deploy pillbox-${name} `));
    expect(deploy).toContain(`--memory ${memoryMiB}Mi --cpu ${cpu} --concurrency ${concurrency} `);
    expect(deploy).toContain(`--timeout ${timeoutSeconds}s --max-instances ${maxInstances} `);
    expect(deploy).toContain(`MEMORY_LIMIT_MIB=${memoryMiB}`);

    const heapMiB = boxProcessOptions(memoryMiB)
      .nodeFlags.map((flag) => /^--max-old-space-size=(\d+)$/.exec(flag)?.[1])
      .find((value) => value !== undefined);
    expect(Number(heapMiB)).toBeGreaterThan(0);
    expect(Number(heapMiB), 'the heap leaves room for native memory').toBeLessThan(memoryMiB);
  },
);

test('a function that takes tasks or events may run as long as their delivery waits, and no longer', () => {
  // Cloud Tasks waits 10 minutes for an answer where a task names no deadline of its own, and Eventarc as long.
  const late = functions.filter(
    ({ config }) => config.timeoutSeconds > 600 && config.triggers.some((trigger) => trigger.kind !== 'http'),
  );
  expect(late.map((fn) => fn.name)).toEqual([]);
});

test('every queue and event trigger is deployed', () => {
  for (const fn of functions) {
    for (const trigger of fn.config.triggers) {
      if (trigger.kind === 'queue') expect(script).toContain(`gcloud tasks queues create ${fn.name} `);
      if (trigger.kind === 'event')
        expect(script).toContain(`gcloud eventarc triggers create pillbox-${fn.name}-$BUCKET_KEY `);
    }
  }
});

test('the script deploys: every command reaches gcloud whole, with values as they come in production', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-deploy-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  // Stands in for gcloud: notes its arguments, one call a line.
  await writeFile(join(dir, 'gcloud'), '#!/bin/bash\nprintf "%s\\x1f" "$@" >> "$CALLS"; echo >> "$CALLS"\n', {
    mode: 0o755,
  });
  await writeFile(join(dir, 'deploy.sh'), script);
  await promisify(execFile)('bash', [join(dir, 'deploy.sh')], {
    env: {
      PATH: `${dir}:${process.env['PATH']}`,
      CALLS: join(dir, 'calls'),
      PROJECT: 'my-project',
      PROJECT_NUMBER: '123',
      REGION: 'us-central1',
      TRIGGER_LOCATION: 'us',
      BUCKET: 'my_project.pillbox',
      ACCOUNT: 'pillbox@my-project.iam.gserviceaccount.com',
      VERSION: 'b1',
      IMAGES: 'us-docker.pkg.dev/my-project/pillbox',
    },
  });
  const calls = (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n');
  const triggers = calls.map((line) => line.split('\x1f')).filter((words) => words[0] === 'eventarc');
  // Of those names, letters, digits and dashes are allowed, 63 at most.
  const key = createHash('sha256').update('my_project.pillbox').digest('hex').slice(0, 12);
  expect(new Set(triggers.map((words) => words[3]))).toEqual(new Set([`pillbox-plan-${key}`]));
  expect(
    triggers.every((words) => !words.includes('create') || words.includes('bucket=my_project.pillbox')),
  ).toBe(true);
  const deploys = calls.map((line) => line.split('\x1f')).filter((words) => words[1] === 'deploy');
  expect(deploys.map((words) => words[2]).sort()).toEqual(functions.map((fn) => `pillbox-${fn.name}`).sort());
  for (const words of deploys) {
    const variables = words[words.indexOf('--set-env-vars') + 1] ?? '';
    // gcloud's own syntax for a list with another delimiter: ^DELIMITER^item DELIMITER item.
    const [, delimiter = '', list = ''] = /^\^(.)\^(.*)$/.exec(variables) ?? [];
    const items = list.split(delimiter);
    expect(items.filter((item) => !/^[A-Z_]+=[^|^]+$/.test(item))).toEqual([]);
    expect(items).toContain('PILLBOX_BOX_URL=https://pillbox-{box}-123.us-central1.run.app');
    expect(items).toContain('PILLBOX_TASKS_SERVICE_ACCOUNT=pillbox@my-project.iam.gserviceaccount.com');
  }
});

test('what is sent to Cloud Build holds .gitignore, which the checks read', () => {
  const ignored = readFileSync(join(ROOT, '.gcloudignore'), 'utf8').split('\n');
  expect(ignored).toContain('node_modules/');
  expect(ignored).not.toContain('.gitignore');
});

test('cloudbuild.yaml states no limit of its own', () => {
  expect(readFileSync(join(ROOT, 'cloudbuild.yaml'), 'utf8')).not.toMatch(
    /--memory|--cpu|--concurrency|\dMi\b/,
  );
});
