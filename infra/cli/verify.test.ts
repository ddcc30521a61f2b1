import { mkdtemp, rm, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DAMAGES, strataOf } from './verify/damages.fixture.ts';
import {
  addJoin,
  changeMetadata,
  type FixtureMetadata,
  RECORD_LIST,
  replaceFile,
  tarOf,
  writeDataset,
} from './verify/dataset.fixture.ts';
import { registerVerify } from './verify.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-verify-'));
  await writeDataset(folder);
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** What the command prints, and the exit code of what it throws. */
async function verify(...args: string[]): Promise<{ code: number; text: string; error: string }> {
  const program = new Command().exitOverride();
  registerVerify(program);
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  let code = 0;
  let error = '';
  try {
    await program.parseAsync(['verify', ...args], { from: 'user' });
  } catch (thrown) {
    code = (thrown as { exitCode?: number }).exitCode ?? -1;
    error = (thrown as Error).message;
  }
  const text = log.mock.calls.map(([line]) => String(line)).join('\n');
  log.mockRestore();
  return { code, text, error };
}

test('a whole data set is found to be so', async () => {
  const { code, text } = await verify(folder);
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(text).toMatch(/^left out +2 records$/m);
  expect(text).toMatch(/^inputs +2, provenance\.json has the generations of 2$/m);
  expect(text).not.toMatch(/^studies|could not be read/m);
  expect(text).toMatch(/^in two splits +0 subjects$/m);
  expect(text).toContain('all is as metadata.json says');
  const json = JSON.parse((await verify(folder, '--json')).text);
  expect(json).toMatchObject({ ok: true, problems: [], counts: { failed: 2 } });
  expect(json.counts.train + json.counts.val + json.counts.test).toBe(38);
});

test('of a join, the studies left out and the rows that could not be read are told', async () => {
  await addJoin(folder);
  const { code, text } = await verify(folder);
  expect({ code, text }).toMatchObject({ code: 0 });
  expect(text).toMatch(/^studies +43, 40 of them matched, the others in unmatched\.jsonl$/m);
  expect(text).toMatch(
    /^24 rows could not be read: triage 4 \(fields 4\), metadata 20 \(dicom_id 14, subject_id 6\); see badLines in join\.json$/m,
  );
  const json = JSON.parse((await verify(folder, '--json')).text);
  expect(json).toMatchObject({
    ok: true,
    join: { unmatched: { 'no-image': { count: 2 } }, badRows: { count: 24 } },
  });
});

test('a stratified data set is found to be whole, its cuts included', async () => {
  await changeMetadata(folder, (metadata) => Object.assign(metadata, { strata: strataOf(2048, 40) }));
  expect(await verify(folder)).toMatchObject({ code: 0 });
});

test.each(DAMAGES)('found: %s', async (_, damage, wanted) => {
  await damage(folder);
  const { code, text, error } = await verify(folder);
  expect(code).toBe(1);
  expect(text).toMatch(wanted);
  expect(text).toContain('NOT as it should be');
  expect(error).toMatch(/\d problems?$/);
});

test.each<[string, (metadata: FixtureMetadata) => unknown, RegExp]>([
  [
    'a path out of the folder',
    ({ outputs }) => Object.assign(outputs[0] ?? {}, { name: '../x' }),
    /outputs\.0\.name/,
  ],
  ['inputs that are none', (metadata) => Object.assign(metadata, { inputs: [{}] }), /inputs\.0\.role/],
  ['a join that is none', (metadata) => Object.assign(metadata, { join: { studies: -1 } }), /join\.studies/],
  ['another format', (metadata) => Object.assign(metadata, { format: 'pillbox/dataset/1' }), /format/],
  ['strata that are none', (metadata) => Object.assign(metadata, { strata: [{ cut: 1 }] }), /strata/],
  ['more records than can be', (metadata) => Object.assign(metadata, { records: 2 ** 53 - 1 }), /records/],
])('metadata.json that cannot be trusted is refused: %s', async (_, change, wanted) => {
  await changeMetadata(folder, change);
  const { code, error } = await verify(folder);
  expect(code).toBe(1);
  expect(error).toMatch(wanted);
});

test('there is nothing to check: exit code 3; a name that is none: 2', async () => {
  await unlink(join(folder, 'metadata.json'));
  expect(await verify(folder)).toMatchObject({ code: 3 });
  expect(await verify(join(folder, 'none'))).toMatchObject({ code: 3 });
  expect(await verify('No Job')).toMatchObject({ code: 2 });
});

test('thousands of problems are counted, and the first of them told', async () => {
  const [first] = RECORD_LIST.filter(({ split }) => split === 'val');
  if (first === undefined) throw new Error('there is no val');
  const many = Array.from({ length: 200 }, (_, i) => ({ ...first, position: 1000 + i }));
  await replaceFile(folder, 'val-00000.tar', () => tarOf(many));
  const { text } = await verify(folder);
  expect(text.split('\n').length).toBeLessThan(70);
  expect(text).toMatch(/- and \d{2,} more$/);
});
