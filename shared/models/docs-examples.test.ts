import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { examples } from './docs-examples.ts';

const RECORD = { age: 41, sex: "o'ther", bmi: null };
const [shell = '', python = '', javascript = ''] = examples({ picture: 'retina', record: RECORD }).map(
  ({ text }) => text.replaceAll('{base}', 'http://127.0.0.1:1/diabetes/'),
);

test('each example calls both routes at the address of the page', () => {
  expect(shell).toContain("'http://127.0.0.1:1/diabetes/retina?explain=true'");
  expect(shell).toContain("'http://127.0.0.1:1/diabetes/predict'");
  for (const text of [python, javascript]) {
    expect(text).toMatch(/http:\/\/127\.0\.0\.1:1\/diabetes\//);
    expect(text).toMatch(/retina/);
    expect(text).toMatch(/predict/);
  }
});

test('a shell hands the record over as it is, whatever quotes are in it', () => {
  // In place of curl, a function that prints the form's fields.
  const printing = `curl() { for one in "$@"; do case "$one" in tabular=*) printf %s "\${one#tabular=}";; esac; done; }\n`;
  const printed = execFileSync('sh', ['-c', printing + shell], { encoding: 'utf8' });
  expect(JSON.parse(printed)).toEqual(RECORD);
});

test('the JavaScript example sends the record and the picture as a form', async () => {
  const sent: { url: string; parts: [string, unknown][] }[] = [];
  const fetchInstead = async (url: string, { body }: { body: FormData }) => {
    sent.push({ url, parts: [...body.entries()] });
    return Response.json({ probability: 0.5, disease: 'x', fused: {} });
  };
  const body = javascript.replace(/^import .*$/m, '');
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const run = new AsyncFunction('fetch', 'openAsBlob', 'console', body);
  await run(fetchInstead, async () => new Blob(['picture']), { log() {} });
  expect(sent.map(({ url }) => url)).toEqual([
    'http://127.0.0.1:1/diabetes/retina',
    'http://127.0.0.1:1/diabetes/predict',
  ]);
  const [, both] = sent;
  expect(JSON.parse(String(both?.parts.find(([name]) => name === 'tabular')?.[1]))).toEqual(RECORD);
  expect(both?.parts.map(([name]) => name).toSorted()).toEqual(['image', 'tabular']);
});

test('the Python example holds the record as JSON', () => {
  const [, json = ''] = /json\.loads\("""\n(.*?)\n"""\)/s.exec(python) ?? [];
  expect(JSON.parse(json)).toEqual(RECORD);
});
