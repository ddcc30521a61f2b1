/** `pillbox models pack`: optimises a graph ahead, measures it in its box, and completes its card. */

import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { hashFile } from '../../shared/images/hash-file.ts';
import { optimiseGraph, type PackedGraph, readRuntimeVersion } from '../../shared/images/onnx-session.ts';
import { type Fit, fits, fitText } from '../../shared/images/pack-fit.ts';
import { readCpuFlags } from '../../shared/images/pack-platform.ts';
import { largestDifference } from '../../shared/images/pack-probe.ts';
import { inputDims } from '../../shared/images/verify-graph.ts';
import { type ImageCard, parseImageCard } from '../../shared/models/image-card.ts';
import { CommandError, EXIT } from './command-error.ts';
import { requireOfGraph } from './models-advice.ts';
import { prepareCard, readCardJson, writeCardJson } from './models-card-file.ts';
import { requireFile } from './models-inspect.ts';
import { type Measurement, measureModel } from './models-measure.ts';
import { type MeasuredPair, printPair, printReport, savesMemory } from './models-pack-report.ts';

/** Other layouts add in another order; a half or int8 graph rounds at other places. */
const ANSWER_TOLERANCE = 0.02;
const RUNS = 9;
const MIB = 1024 * 1024;
export interface PackOptions {
  readonly card: string;
  /** In MiB. */
  readonly limit: number;
  readonly out?: string;
}

export async function runPack(modelPath: string, options: PackOptions): Promise<void> {
  requireFile(modelPath);
  const file = { file: basename(modelPath), ...(await hashFile(modelPath)) };
  const { raw, notes } = prepareCard(await readCardJson(options.card), file);
  const card = parseImageCard(raw);
  requireOfGraph(card, modelPath);

  const out = resolve(options.out ?? dirname(options.card));
  await mkdir(out, { recursive: true });
  const target = join(out, `${basename(modelPath, extname(modelPath))}.ort`);
  const unfinished = `${target}.${process.pid}.ort`;
  try {
    await optimiseGraph(modelPath, unfinished);
    const packed = { path: unfinished, cpuFlags: readCpuFlags(), runtimeVersion: await readRuntimeVersion() };
    const pair = await measurePair(modelPath, packed, card, options.limit);
    printPair(pair);
    requireSame(pair);
    const isBetter = savesMemory(pair, file.bytes);
    const served = isBetter ? pair.packed : pair.plain;
    const fit = requireFitting(served, options.limit);
    if (isBetter) await rename(unfinished, target);
    else await rm(target, { force: true });
    if (resolve(dirname(modelPath)) !== out) await copyFile(modelPath, join(out, basename(modelPath)));
    const cardPath = join(out, basename(options.card));
    await writeCardJson(cardPath, {
      ...raw,
      ...measuredParts(pair, served, options.limit),
      ...(isBetter ? { packed: await packedPart(target, packed) } : {}),
    });
    printReport(fit, { cardPath, target: isBetter ? target : undefined, notes });
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
): Promise<MeasuredPair> {
  const job = { dims: inputDims(card), runs: RUNS };
  return {
    plain: await measureModel({ ...job, model: { path } }, limitMiB),
    packed: await measureModel({ ...job, model: { path, packed } }, limitMiB),
  };
}

function requireSame({ plain, packed }: MeasuredPair): void {
  const difference = largestDifference(plain.answer, packed.answer);
  if (difference <= ANSWER_TOLERANCE) return;
  throw new CommandError(
    EXIT.failed,
    `the packed graph answers differently, by ${difference.toPrecision(2)}`,
  );
}

function requireFitting({ peakBytes }: Measurement, limitMiB: number): Fit {
  const fit = { peakMiB: peakBytes / MIB, limitMiB };
  if (!fits(fit)) throw new CommandError(EXIT.failed, `it does not fit: ${fitText(fit)}`);
  return fit;
}

function measuredParts(
  { plain }: MeasuredPair,
  served: Measurement,
  limitMiB: number,
): Pick<ImageCard, 'measured' | 'knownAnswer'> {
  return {
    measured: {
      loadMs: Math.round(served.loadMs),
      peakMiB: Math.ceil(served.peakBytes / MIB),
      limitMiB,
      runMs: Math.round(served.runMs),
      plain: { loadMs: Math.round(plain.loadMs), peakMiB: Math.ceil(plain.peakBytes / MIB) },
    },
    knownAnswer: { output: plain.answer, tolerance: ANSWER_TOLERANCE },
  };
}

async function packedPart(
  target: string,
  { cpuFlags, runtimeVersion }: PackedGraph,
): Promise<ImageCard['packed']> {
  return {
    file: basename(target),
    format: 'ort',
    ...(await hashFile(target)),
    cpuFlags: [...cpuFlags],
    runtimeVersion,
  };
}
