/** Figures of the tree walker beside onnxruntime-node on the same ensembles: time, memory, loading; and an explanation's time. */

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import type { Figure } from './figures.ts';
import { parseTreesAnswer, type TreesAnswer, type TreesTask } from './trees-task.ts';

/** Full trees: 4,000 of depth 8 have two million nodes and 107 MiB of JSON. The small one is like those we bundle. */
const ENSEMBLES = {
  'trees.walker': { seed: 11, trees: 4000, depth: 8, features: 20, stops: 0 },
  'trees.walker.small': { seed: 12, trees: 100, depth: 4, features: 12, stops: 0.1 },
} as const;
const MIB = 1024 * 1024;
/** Both sum float32, in their own order. */
const MARGIN_TOLERANCE = 1e-5;
/** Processes are started as boxes are, of a size that holds the text of the large ensemble. */
const BOX = boxProcessOptions(1024);
const execute = promisify(execFile);

export async function benchTrees(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pillbox-bench-trees-'));
  try {
    const figures: Figure[] = [];
    for (const [name, ensemble] of Object.entries(ENSEMBLES)) {
      const files = { json: join(folder, `${name}.json`), onnx: join(folder, `${name}.onnx`) };
      figures.push(...(await compare(name, { ensemble, ...files, engine: 'walker' })));
    }
    return figures;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compare(name: string, task: TreesTask): Promise<Figure[]> {
  await runScript('trees-write-process.ts', task);
  const first = { walker: await run(task), onnx: await run({ ...task, engine: 'onnx' }) };
  const walker = better(first.walker, await run(task));
  const onnx = better(first.onnx, await run({ ...task, engine: 'onnx' }));
  requireSameMargins(walker, onnx);
  const figure = (of: string, unit: string, read: (answer: TreesAnswer) => number): Figure => ({
    name: `${name}.${of}`,
    value: read(walker),
    unit,
    baseline: read(onnx),
  });
  const fileMiB = (path: string) => statSync(path).size / MIB;
  return [
    figure('us', 'µs', ({ rowUs }) => rowUs),
    figure('batch256Us', 'µs', ({ batchUs }) => batchUs),
    figure('residentMiB', 'MiB', ({ residentBytes }) => residentBytes / MIB),
    figure('loadMs', 'ms', ({ loadMs }) => loadMs),
    figure('loadPeakMiB', 'MiB', ({ peakBytes, barePeakBytes }) => (peakBytes - barePeakBytes) / MIB),
    { ...figure('fileMiB', 'MiB', () => fileMiB(task.json)), baseline: fileMiB(task.onnx) },
    { name: `${name}.arraysMiB`, value: (walker.arraysBytes ?? Number.NaN) / MIB, unit: 'MiB' },
    { name: `${name}.explainUs`, value: walker.explainUs ?? Number.NaN, unit: 'µs' },
  ];
}

/** The engines take turns, and the shorter times count: other work on the machine slows whichever is running. */
function better(one: TreesAnswer, other: TreesAnswer): TreesAnswer {
  return {
    ...one,
    loadMs: Math.min(one.loadMs, other.loadMs),
    rowUs: Math.min(one.rowUs, other.rowUs),
    batchUs: Math.min(one.batchUs, other.batchUs),
    explainUs: Math.min(one.explainUs ?? Number.NaN, other.explainUs ?? Number.NaN),
  };
}

async function run(task: TreesTask): Promise<TreesAnswer> {
  return parseTreesAnswer(await runScript('trees-run-process.ts', task));
}

function requireSameMargins({ margins }: TreesAnswer, onnx: TreesAnswer): void {
  for (const [row, margin] of margins.entries()) {
    const other = onnx.margins[row] ?? Number.NaN;
    if (Math.abs(margin - other) <= MARGIN_TOLERANCE * Math.abs(other)) continue;
    throw new Error(`row ${row}: the walker gives ${margin}, ONNX Runtime ${other}`);
  }
  if (margins.length !== onnx.margins.length) throw new Error('not as many margins');
}

/** Each in a fresh process, which hands freed memory back as a box's does: what one leaves behind is not the next one's. */
async function runScript(script: string, task: TreesTask): Promise<string> {
  const args = [...BOX.nodeFlags, '--expose-gc', join(import.meta.dirname, script), JSON.stringify(task)];
  const { stdout } = await execute(process.execPath, args, {
    maxBuffer: MIB,
    env: { ...process.env, ...BOX.env },
  });
  return stdout;
}
