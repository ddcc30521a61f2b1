import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { readWranglerConfig } from './wrangler-config.ts';

/** wrangler declares its configuration in terms of a package that it does not bring. */
type Rule = { readonly type: string; readonly globs: readonly string[] };

const ROOT = join(import.meta.dirname, '../../..');
const FUNCTIONS = join(ROOT, 'functions');
const services = readdirSync(FUNCTIONS).filter((name) => existsSync(join(FUNCTIONS, name, 'wrangler.jsonc')));
const out = mkdtempSync(join(tmpdir(), 'pillbox-wrangler-'));
afterAll(() => rmSync(out, { recursive: true }));

test('the model services have a wrangler.jsonc', () => {
  expect(services).toEqual(expect.arrayContaining(['diabetes', 'heart']));
});

test.each(services)('%s: read here as wrangler reads it', async (name) => {
  const folder = join(FUNCTIONS, name);
  const theirs = unstable_readConfig({ config: join(folder, 'wrangler.jsonc') });
  const ours = await readWranglerConfig(folder);
  expect(ours.compatibilityDate).toBe(theirs.compatibility_date);
  const texts = theirs.rules.filter((rule: Rule) => rule.type === 'Text').flatMap((rule: Rule) => rule.globs);
  expect(ours.textExtensions.map((extension) => `**/*${extension}`)).toEqual(texts);
  expect(theirs.routes).toMatchObject([{ pattern: expect.stringMatching(new RegExp(`/${name}/\\*$`)) }]);
  expect(theirs.vars).toHaveProperty('FUNCTION_ORIGIN');
});

test.each(services)('%s: wrangler deploy --dry-run bundles it, with the model as text', (name) => {
  const outDir = join(out, name);
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const run = spawnSync(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', outDir], {
    cwd: join(FUNCTIONS, name),
    encoding: 'utf8',
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: outDir, CI: 'true' },
  });
  expect(run.status, run.stderr).toBe(0);
  const model = readdirSync(outDir).find((file) => file.endsWith(`-${name}.xgboost.json`)) ?? '';
  expect(readFileSync(join(outDir, model))).toEqual(
    readFileSync(join(FUNCTIONS, name, 'models', `${name}.xgboost.json`)),
  );
});
