/** `pillbox models verify`: holds the files of an image model against its card. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readGraph } from '../../shared/images/graph-reader.ts';
import { hashFile } from '../../shared/images/hash-file.ts';
import { openOnnxSession } from '../../shared/images/onnx-session.ts';
import { largestDifference, probeInput } from '../../shared/images/pack-probe.ts';
import { compareWithGraph, inputDims } from '../../shared/images/verify-graph.ts';
import { type ImageCard, parseImageCard } from '../../shared/models/image-card.ts';
import { CommandError, EXIT } from './command-error.ts';
import { errorLine } from './error-line.ts';
import { readCardJson } from './models-card-file.ts';
import { printable } from './printable.ts';

export interface VerifyOptions {
  readonly card: string;
  readonly models?: string;
  /** Card of the same model in another form, such as the float32 graph of an int8 one. */
  readonly like?: string;
}

/** What a check found: a line for each fault. */
type Faults = readonly string[];

export async function runVerify(options: VerifyOptions): Promise<void> {
  const card = parseImageCard(await readCardJson(options.card));
  const folder = options.models ?? dirname(options.card);
  const path = join(folder, card.file);
  const checks: [name: string, check: () => Promise<Faults>][] = [
    [card.file, () => compareFile(path, card)],
    ['card and graph', async () => compareWithGraph(card, readGraph(path))],
  ];
  const { packed, knownAnswer } = card;
  if (packed !== undefined) checks.push([packed.file, () => compareFile(join(folder, packed.file), packed)]);
  if (knownAnswer !== undefined)
    checks.push(['known answer', () => compareAnswers(card, knownAnswer, folder)]);
  const { like } = options;
  if (like !== undefined) console.log(comparison(card, parseImageCard(await readCardJson(like)), like));
  let failed = 0;
  for (const [name, check] of checks) {
    const faults = await check().catch((error: unknown) => [errorLine(error)]);
    if (faults.length > 0) failed += 1;
    console.log(faults.length === 0 ? `ok      ${name}` : `WRONG   ${name}: ${faults.join('; ')}`);
  }
  if (failed > 0) throw new CommandError(EXIT.failed, `${failed} of ${checks.length} checks failed`);
}

/** How far the known answer of one card is from another's. */
function comparison(card: ImageCard, other: ImageCard, name: string): string {
  const [ours, theirs] = [card.knownAnswer?.output, other.knownAnswer?.output];
  if (ours === undefined || theirs === undefined || ours.length !== theirs.length)
    throw new CommandError(EXIT.failed, 'both cards need a known answer of as many classes: pack them first');
  const difference = largestDifference(theirs, ours).toPrecision(2);
  const isSame = ours.indexOf(Math.max(...ours)) === theirs.indexOf(Math.max(...theirs));
  return `differs by ${difference} of the largest number from the known answer of ${printable(name)}; ${isSame ? 'the same' : 'another'} class comes first`;
}

async function compareFile(
  path: string,
  stated: { readonly sha256: string; readonly bytes: number },
): Promise<Faults> {
  if (!existsSync(path)) return [`there is no file ${path}`];
  const actual = await hashFile(path);
  if (actual.bytes !== stated.bytes) return [`it has ${actual.bytes} bytes, the card says ${stated.bytes}`];
  return actual.sha256 === stated.sha256 ? [] : ['its SHA-256 is not the one in the card'];
}

async function compareAnswers(
  card: ImageCard,
  { output, tolerance }: NonNullable<ImageCard['knownAnswer']>,
  folder: string,
): Promise<Faults> {
  const path = join(folder, card.file);
  const packed = card.packed && { ...card.packed, path: join(folder, card.packed.file) };
  const faults: string[] = [];
  for (const model of [{ path }, ...(packed === undefined ? [] : [{ path, packed }])]) {
    const warn = (message: string) => console.error(`pillbox: ${message}`);
    const session = await openOnnxSession(model, { warn });
    const dims = inputDims(card);
    const difference = largestDifference(output, [...(await session.run(probeInput(dims), dims))]);
    await session.release();
    if (difference > tolerance)
      faults.push(
        `${session.loadedFrom} graph: differs by ${difference.toPrecision(2)}, more than ${tolerance}`,
      );
  }
  return faults;
}
