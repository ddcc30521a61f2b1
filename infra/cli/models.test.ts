import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { convolutions } from '../../test/fixtures/onnx/graphs.ts';
import { writeOnnx } from '../../test/fixtures/onnx/write-onnx.ts';
import { runPillbox } from './run-pillbox.fixture.ts';

const CARD = {
  name: 'test-model',
  version: '1',
  title: 'A model',
  description: 'For tests.',
  kind: 'onnx',
  input: 'input',
  output: 'probabilities',
  preprocessing: {
    ...{ resize: 8, crop: 8, mean: [0, 0, 0], std: [1, 1, 1] },
    ...{ channelOrder: 'rgb', layout: 'nchw' },
  },
  classes: [
    { name: 'healthy', diseased: false },
    { name: 'ill', diseased: true },
  ],
  disease: 'an illness',
  risk: [{ level: 'low', from: 0 }],
  fusion: { tabularWeight: 0.5, imageWeight: 0.5, risk: [{ level: 'low', from: 0 }] },
  demo: false,
  licence: 'none',
  intendedUse: 'Tests.',
  limits: ['Only for tests.'],
};

let folder: string;
let model: string;
let card: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-'));
  model = join(folder, 'model.onnx');
  card = join(folder, 'model.card.json');
  await writeFile(model, writeOnnx(convolutions(1, 8)));
  await writeFile(card, JSON.stringify(CARD));
});
afterEach(() => rm(folder, { recursive: true }));

test('inspect names inputs, outputs, weights and operators', async () => {
  const { code, stdout } = await runPillbox(['models', 'inspect', model]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/input +input +float32 +1 x 3 x 8 x 8/);
  expect(stdout).toMatch(/output +probabilities +float32 +1 x 2/);
  expect(stdout).toContain('6 nodes: 1 Conv, 1 Relu');
});

test('inspect of another kind of file: one line, exit code 1', async () => {
  const { code, stderr } = await runPillbox(['models', 'inspect', card]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^pillbox: not an ONNX graph that can be read: .*\n$/);
});

test('pack completes the card, and verify holds it against the files', async () => {
  const packed = await runPillbox(['models', 'pack', model, '--card', card]);
  expect(packed).toMatchObject({ code: 0, stderr: '' });
  const written = JSON.parse(await readFile(card, 'utf8'));
  expect(written).toMatchObject({
    ...CARD,
    file: 'model.onnx',
    packed: { file: 'model.ort', format: 'ort' },
    measured: { limitMiB: 256 },
  });
  expect(written.measured.peakMiB).toBeGreaterThan(30);
  expect(written.knownAnswer.output).toHaveLength(2);
  expect((await readdir(folder)).sort()).toEqual(['model.card.json', 'model.onnx', 'model.ort']);

  const verified = await runPillbox(['models', 'verify', '--card', card]);
  expect(verified.code).toBe(0);
  expect(verified.stdout.match(/^ok /gm)).toHaveLength(4);
});

test('pack takes "generate" out of the card of another graph, and says that a demo stays one', async () => {
  const generate = { architecture: 'resnet50', seed: 1 };
  const demo = { ...CARD, demo: true, generate, file: 'old.onnx', sha256: '0'.repeat(64), bytes: 1 };
  await writeFile(card, JSON.stringify(demo));
  const { code, stdout } = await runPillbox(['models', 'pack', model, '--card', card]);
  expect(code).toBe(0);
  expect(JSON.parse(await readFile(card, 'utf8'))).not.toHaveProperty('generate');
  expect(stdout).toContain('Note: "generate" was taken out');
  expect(stdout).toContain('Note: the card says "demo": true');
  expect(stdout).toContain(`models verify --card ${card}`);
});

test('verify --like compares known answers', async () => {
  await runPillbox(['models', 'pack', model, '--card', card]);
  const other = join(folder, 'other.card.json');
  const written = JSON.parse(await readFile(card, 'utf8'));
  written.knownAnswer.output.reverse();
  await writeFile(other, JSON.stringify(written));
  const same = await runPillbox(['models', 'verify', '--card', card, '--like', card]);
  expect(same.stdout).toContain('differs by 0.0 of the largest number');
  expect(same.stdout).toContain('; the same class comes first');
  const reversed = await runPillbox(['models', 'verify', '--card', card, '--like', other]);
  expect(reversed.stdout).toContain('; another class comes first');
  expect(reversed.stdout).not.toContain('differs by 0.0 ');
  await writeFile(other, JSON.stringify({ ...written, knownAnswer: undefined }));
  const without = await runPillbox(['models', 'verify', '--card', card, '--like', other]);
  expect(without).toMatchObject({ code: 1 });
  expect(without.stderr).toContain('pack them first');
});

test('verify names what is wrong', async () => {
  await runPillbox(['models', 'pack', model, '--card', card]);
  const written = JSON.parse(await readFile(card, 'utf8'));
  written.knownAnswer.output[0] += 0.5;
  written.classes.push({ name: 'third', diseased: true });
  await writeFile(card, JSON.stringify(written));
  await writeFile(join(folder, 'model.ort'), Buffer.alloc(written.packed.bytes));
  const { code, stdout, stderr } = await runPillbox(['models', 'verify', '--card', card]);
  expect(code).toBe(1);
  expect(stdout).toContain('ok      model.onnx');
  expect(stdout).toContain('the card has 3 classes, the graph gives 1 x 2');
  expect(stdout).toContain('WRONG   model.ort: its SHA-256 is not the one in the card');
  expect(stdout).toContain('WRONG   known answer');
  expect(stderr).toBe('pillbox: 3 of 4 checks failed\n');
});

test('pack refuses what cannot fit, with both numbers, and leaves nothing behind', async () => {
  const { code, stderr } = await runPillbox(['models', 'pack', model, '--card', card, '--limit', '64Mi']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/needs \d+ MiB .* the limit is 64 MiB/);
  expect((await readdir(folder)).sort()).toEqual(['model.card.json', 'model.onnx']);
  expect(JSON.parse(await readFile(card, 'utf8'))).toEqual(CARD);
});

test('pack refuses a card of another graph', async () => {
  await writeFile(card, JSON.stringify({ ...CARD, input: 'picture' }));
  const { code, stderr } = await runPillbox(['models', 'pack', model, '--card', card]);
  expect(code).toBe(1);
  expect(stderr).toContain('input: the card says "picture", the graph "input"');
});

test('a wrong limit is wrong usage', async () => {
  const { code } = await runPillbox(['models', 'pack', model, '--card', card, '--limit', '256']);
  expect(code).toBe(2);
});
