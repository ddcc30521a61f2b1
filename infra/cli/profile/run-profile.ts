/** Runs `pillbox profile`: finds the function, takes the curves, draws them, and says what the request came to. */

import { openAsBlob } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { boxEnvironment } from '../box-surroundings.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { findFunction, withBundles } from '../find-function.ts';
import { CURVE_READINGS } from './memory-curve.ts';
import { type MemoryCurve, type Profile, profileFunction } from './profile-function.ts';
import { readExample } from './read-example.ts';
import { describeCurve, failureOf, rangeText } from './report.ts';
import { parseRequestWords, type RequestWords } from './request-words.ts';
import { svgChart } from './svg-chart.ts';
import { textChart } from './text-chart.ts';

export interface ProfileOptions {
  readonly data: string;
  readonly svg?: string;
  readonly warm: number;
}

const PLAIN_COLUMNS = 100;
const MOST_COLUMNS = 120;

/** Throws a CommandError: wrong usage, no such function, an answer that is an error, a process that died. */
export async function runProfile(
  name: string,
  words: readonly string[],
  options: ProfileOptions,
): Promise<void> {
  const request = parseRequestWords(words, name);
  const found = await findFunction(name);
  const environment = await boxEnvironment(found, options.data);
  const dir = join(options.data, 'profile');
  const file = options.svg ?? join(dir, `${name}.svg`);
  const lines: string[] = [];
  const profile = await withBundles([found], dir, async ([fn = found]) => {
    const shared = { fn, environment, onLine: (line: string) => void lines.push(line) };
    const body = await openBody(request, { fn, environment });
    return await profileFunction({ ...shared, warm: options.warm, request: { ...request, body } });
  });
  const title = `${name}: ${request.method} ${request.path}`;
  print(title, found, profile);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, pictureOf(title, found, profile));
  console.log(`Picture: ${file}`);
  const failure = failureOf(found, profile, lines);
  if (failure !== undefined) throw new CommandError(EXIT.failed, failure);
}

async function openBody(
  { method, path, body }: RequestWords,
  start: Parameters<typeof readExample>[0],
): Promise<string | Blob | undefined> {
  if (body.kind === 'none') return undefined;
  if (body.kind === 'text') return body.text;
  if (body.kind === 'example') return await readExample(start, method, path);
  // Read while it is sent: it may be larger than this process should hold.
  try {
    return await openAsBlob(body.file);
  } catch (cause) {
    throw new CommandError(EXIT.notFound, `there is no file ${body.file}`, { cause });
  }
}

function print(title: string, fn: RegisteredFunction, { curves }: Profile): void {
  const limitMiB = fn.config.memoryMiB;
  const columns = Math.min(MOST_COLUMNS, process.stdout.columns ?? PLAIN_COLUMNS);
  console.log(`${title}, limit ${limitMiB} MiB, a reading every ${CURVE_READINGS.intervalMs} ms`);
  if (CURVE_READINGS.hint !== undefined) console.log(CURVE_READINGS.hint);
  for (const curve of curves) {
    console.log(`\n${describeCurve(curve)}`);
    if (curve.samples.length === 0) continue;
    console.log([...textChart(curve.samples, { limitMiB, columns }), rangeText(curve.samples)].join('\n'));
  }
  console.log('\nSolid: anonymous memory, its own. Shaded: resident pages of files.');
}

function pictureOf(title: string, fn: RegisteredFunction, { curves }: Profile): string {
  const panel = (curve: MemoryCurve) => ({ ...curve, title: describeCurve(curve) });
  return svgChart({ title, limitMiB: fn.config.memoryMiB, panels: curves.map(panel) });
}
