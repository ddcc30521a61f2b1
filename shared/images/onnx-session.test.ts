import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { classifier, convolutions } from '../../test/fixtures/onnx/graphs.ts';
import { writeOnnx } from '../../test/fixtures/onnx/write-onnx.ts';
import { TerminalError } from '../errors/terminal-error.ts';
import { type OnnxSession, openOnnxSession, optimiseGraph, readRuntimeVersion } from './onnx-session.ts';
import { readCpuFlags } from './pack-platform.ts';

const DIMS = [1, 3, 2, 2];
const PIXELS = Float32Array.from({ length: 12 }, (_, at) => ((at % 11) - 5) / 4);
const FIXTURES = join(import.meta.dirname, '../../test/fixtures/onnx');
const isLinux = existsSync('/proc/self/status');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pillbox-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function writeGraph(name: string, graph = classifier('fp32')): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, writeOnnx(graph));
  return path;
}

async function pack(path: string) {
  const packedPath = `${path}.ort`;
  await optimiseGraph(path, packedPath);
  return { path: packedPath, cpuFlags: readCpuFlags(), runtimeVersion: await readRuntimeVersion() };
}

async function answer(session: OnnxSession): Promise<number[]> {
  const values = await session.run(PIXELS, DIMS);
  await session.release();
  return [...values];
}

/** What the graph computes, without ONNX Runtime. */
function expected(): number[] {
  const logits = [0, 1].map((column) =>
    PIXELS.reduce((sum, pixel, row) => sum + pixel * ((((row * 2 + column) % 7) - 3) / 8), 0),
  );
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  return logits.map((logit) => Math.exp(logit) / total);
}

test.each([
  ['fp32', 6],
  ['fp16', 3],
  ['int8', 2],
] as const)('%s graphs give the known answer, plain and packed', async (kind, digits) => {
  const path = await writeGraph(`${kind}.onnx`, classifier(kind));
  const plain = await openOnnxSession({ path });
  expect(plain).toMatchObject({ loadedFrom: 'plain', inputNames: ['input'], outputNames: ['probabilities'] });
  const packed = await openOnnxSession({ path, packed: await pack(path) });
  expect(packed.loadedFrom).toBe('packed');
  const answers = [await answer(plain), await answer(packed)];
  for (const [first = 0, second = 0] of answers) {
    expect(first).toBeCloseTo(expected()[0] ?? 0, digits);
    expect(second).toBeCloseTo(expected()[1] ?? 0, digits);
  }
});

test('a graph whose own input is fp16 is refused, with the way out', async () => {
  const graph = classifier('fp16');
  const half = {
    ...graph,
    nodes: [
      { op: 'Flatten', inputs: ['input'], outputs: ['flat16'] },
      { op: 'MatMul', inputs: ['flat16', 'w'], outputs: ['logits16'] },
      { op: 'Softmax', inputs: ['logits16'], outputs: ['probabilities'] },
    ],
    inputs: [{ name: 'input', type: 10, dims: DIMS }],
    outputs: [{ name: 'probabilities', type: 10, dims: [1, 2] }],
  };
  const path = await writeGraph('half.onnx', half);
  await expect(openOnnxSession({ path })).rejects.toThrow(/must be float32, not float16.*keep_io_types/);
});

describe('packed for something else', () => {
  test.each([
    ['another processor', { cpuFlags: ['x64', 'avx'] }, /another processor/],
    ['another ONNX Runtime', { runtimeVersion: '1.2.3' }, /another ONNX Runtime/],
  ])('%s: the plain graph is used, with a warning', async (_, change, message) => {
    const path = await writeGraph('elsewhere.onnx');
    const warn = vi.fn();
    const session = await openOnnxSession({ path, packed: { ...(await pack(path)), ...change } }, { warn });
    expect(session.loadedFrom).toBe('plain');
    expect(await answer(session)).toHaveLength(2);
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(message), expect.anything());
  });
});

test('runs at once each get their own answer, and release waits for them', async () => {
  const session = await openOnnxSession({ path: await writeGraph('many.onnx') });
  const runs = [0, 1, 2, 3].map((scale) =>
    session.run(
      PIXELS.map((pixel) => pixel * scale),
      DIMS,
    ),
  );
  const released = session.release();
  const firsts = (await Promise.all(runs)).map(([first]) => first);
  expect(new Set(firsts).size).toBe(4);
  await released;
  await expect(session.run(PIXELS, DIMS)).rejects.toThrow('released');
});

test('a file that is no graph is refused', async () => {
  const path = join(folder, 'noise.onnx');
  await writeFile(path, Buffer.alloc(1000, 7));
  await expect(openOnnxSession({ path })).rejects.toThrow(TerminalError);
});

async function runChild(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const box = boxProcessOptions(256);
  const command = [...box.nodeFlags, join(FIXTURES, name), ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: { ...process.env, ...box.env, ...env },
  });
  return stdout;
}

test.skipIf(!isLinux)('opens no connection and leaves nothing in the home folder', async () => {
  const home = await mkdtemp(join(folder, 'home-'));
  const path = await writeGraph('quiet.onnx');
  const answer = JSON.parse(
    await runChild('quiet-process.ts', [path], { HOME: home, ORT_DISABLE_TELEMETRY: '0' }),
  );
  expect(answer).toMatchObject({ socketsOpened: 0, telemetry: '1' });
  expect(await readdir(home, { recursive: true })).toEqual([]);
});

test.skipIf(!isLinux)('ten loads and unloads end where the first did', async () => {
  const path = await writeGraph('cycles.onnx', convolutions(40));
  const args = [path, JSON.stringify(await pack(path)), '[1,3,32,32]', '10'];
  const { residentMiB } = JSON.parse(await runChild('cycles-process.ts', args));
  expect(residentMiB).toHaveLength(10);
  expect(residentMiB[9] - residentMiB[0]).toBeLessThan(5);
});
