/** `pillbox models pack`: optimises a graph ahead, measures it in its box, and completes its card. */

import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { readGraph } from '../../shared/images/graph-reader.ts';
import { hashFile } from '../../shared/images/hash-file.ts';
import { optimiseGraph, type PackedGraph, readRuntimeVersion } from '../../shared/images/onnx-session.ts';
import { fits, fitText } from '../../shared/images/pack-fit.ts';
import { readCpuFlags } from '../../shared/images/pack-platform.ts';
import { largestDifference } from '../../shared/images/pack-probe.ts';
import { compareWithGraph, inputDims } from '../../shared/images/verify-graph.ts';
import { type ImageCard, parseImageCard } from '../../shared/models/image-card.ts';
import { CommandError, EXIT } from './command-error.ts';
import { readCardJson, writeCardJson } from './models-card-file.ts';
import { requireFile } from './models-inspect.ts';
import { type Measurement, measureModel } from './models-measure.ts';
import { type Column, formatTable } from './table.ts';

/** Other layouts add in another order; a half or int8 graph rounds at other places. */
const ANSWER_TOLERANCE = 0.02;
const RUNS = 5;
const MIB = 1024 * 1024;
const COLUMNS: readonly Column[] = [
  { title: 'LOADED' },
  { title: 'LOAD MS', align: 'right' },
  { title: 'RUN MS', align: 'right' },
  { title: 'PEAK MIB', align: 'right' },
  { title: 'ANONYMOUS MIB', align: 'right' },
];

export interface PackOptions {
  readonly card: string;
  /** In MiB. */
  readonly limit: number;
  readonly out?: string;
}

interface Pair {
  readonly plain: Measurement;
  readonly packed: Measurement;
}

export async function runPack(modelPath: string, options: PackOptions): Promise<void> {
  requireFile(modelPath);
  const {
    packed: _packed,
    measured: _measured,
    knownAnswer: _answer,
    ...rest
  } = await readCardJson(options.card);
  const raw = { ...rest, file: basename(modelPath), ...(await hashFile(modelPath)) };
  const card = parseImageCard(raw);
  const problems = compareWithGraph(card, readGraph(modelPath));
  if (problems.length > 0)
    throw new CommandError(EXIT.failed, `the card is not of this graph: ${problems.join('; ')}`);

  const out = resolve(options.out ?? dirname(options.card));
  await mkdir(out, { recursive: true });
  const target = join(out, `${basename(modelPath, extname(modelPath))}.ort`);
  const unfinished = `${target}.${process.pid}.ort`;
  try {
    await optimiseGraph(modelPath, unfinished);
    const packed = { path: unfinished, cpuFlags: readCpuFlags(), runtimeVersion: await readRuntimeVersion() };
    const pair = await measurePair(modelPath, packed, card, options.limit);
    printPair(pair);
    requireGood(pair, options.limit);
    await rename(unfinished, target);
    if (resolve(dirname(modelPath)) !== out) await copyFile(modelPath, join(out, basename(modelPath)));
    const completed = { ...raw, ...(await measuredParts(target, packed, pair, options.limit)) };
    await writeCardJson(join(out, basename(options.card)), completed);
    console.log(`Packed: ${fitText({ peakMiB: pair.packed.peakBytes / MIB, limitMiB: options.limit })}.`);
    console.log(`Wrote ${target} and ${join(out, basename(options.card))}`);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** One after the other: at once they would slow each other. */
async function measurePair(
  path: string,
  packed: PackedGraph,
  card: ImageCard,
  limitMiB: number,
): Promise<Pair> {
  const job = { dims: inputDims(card), runs: RUNS };
  return {
    plain: await measureModel({ ...job, model: { path } }, limitMiB),
    packed: await measureModel({ ...job, model: { path, packed } }, limitMiB),
  };
}

function printPair({ plain, packed }: Pair): void {
  const row = (name: string, one: Measurement) => [
    name,
    one.loadMs.toFixed(0),
    one.runMs.toFixed(1),
    (one.peakBytes / MIB).toFixed(0),
    one.anonymousBytes === undefined ? '' : (one.anonymousBytes / MIB).toFixed(0),
  ];
  console.log(formatTable(COLUMNS, [row('as exported', plain), row('packed', packed)]).join('\n'));
}

function requireGood({ plain, packed }: Pair, limitMiB: number): void {
  const difference = largestDifference(plain.answer, packed.answer);
  if (difference > ANSWER_TOLERANCE)
    throw new CommandError(
      EXIT.failed,
      `the packed graph answers differently, by ${difference.toPrecision(2)}`,
    );
  const fit = { peakMiB: packed.peakBytes / MIB, limitMiB };
  if (!fits(fit)) throw new CommandError(EXIT.failed, `it does not fit: ${fitText(fit)}`);
}

async function measuredParts(
  target: string,
  { cpuFlags, runtimeVersion }: PackedGraph,
  { plain, packed }: Pair,
  limitMiB: number,
): Promise<Pick<ImageCard, 'measured' | 'packed' | 'knownAnswer'>> {
  return {
    measured: {
      loadMs: Math.round(packed.loadMs),
      peakMiB: Math.ceil(packed.peakBytes / MIB),
      limitMiB,
      runMs: Math.round(packed.runMs),
      plain: { loadMs: Math.round(plain.loadMs), peakMiB: Math.ceil(plain.peakBytes / MIB) },
    },
    knownAnswer: { output: plain.answer, tolerance: ANSWER_TOLERANCE },
    packed: {
      file: basename(target),
      format: 'ort',
      ...(await hashFile(target)),
      cpuFlags: [...cpuFlags],
      runtimeVersion,
    },
  };
}
