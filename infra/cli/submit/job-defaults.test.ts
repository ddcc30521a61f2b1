import { expect, test } from 'vitest';
import { parseJob } from '../../../shared/pipeline/job.ts';
import { runPillbox } from '../run-pillbox.fixture.ts';
import { JOB_DEFAULTS, JOIN_DEFAULTS, SPLITS_TEXT, TOKENS_DEFAULTS } from './job-defaults.ts';

const TABLES = { edstays: 'e', triage: 't', vitalsign: 'v', patients: 'p', metadata: 'm' };

test('what help texts call a default is the default of the job', () => {
  expect(parseJob({ id: 'a', manifest: 'm' })).toMatchObject(JOB_DEFAULTS);
  expect(parseJob({ id: 'a', join: { tables: TABLES } }).join).toMatchObject(JOIN_DEFAULTS);
  const withTokens = parseJob({ id: 'a', manifest: 'm', tokens: { tokenizer: 't' } });
  expect(withTokens.tokens).toMatchObject(TOKENS_DEFAULTS);
  expect(SPLITS_TEXT).toBe('0.7,0.15,0.15');
});

test('help shows them; the job.json in it is one that has nothing but defaults', async () => {
  const [submit, plan, sample] = await Promise.all(
    ['submit', 'plan', 'sample'].map(async (command) => (await runPillbox([command, '--help'])).stdout),
  );
  const words = (text = '') => text.replaceAll(/\s+/g, ' ');
  for (const text of ['batch size (64)', '(31)', '(518)', '(8192)', '(24)', '(PA,AP)', `(${SPLITS_TEXT})`])
    expect(words(submit)).toContain(text);
  expect(words(plan)).toContain('records that one task makes (64)');
  expect(words(plan)).not.toContain('MiB of their text');
  expect(words(sample)).toContain('4 or more, which all studies share');
  const [json = ''] = /^ {2}\{\n[\s\S]*?^ {2}\}\n/m.exec(submit ?? '') ?? [];
  const job = parseJob(json);
  expect(job).toEqual(parseJob({ id: job.id, manifest: job.manifest }));
});
