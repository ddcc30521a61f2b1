/** What a profile came to, in words. */

import * as z from 'zod';
import type { RegisteredFunction } from '../../registry/registry.ts';
import { lastWords } from '../last-words.ts';
import { printable } from '../printable.ts';
import type { MemorySample } from './memory-curve.ts';
import type { MemoryCurve, Profile } from './profile-function.ts';
import { peakOf } from './svg-chart.ts';

const MIB = 1024 * 1024;
const KINDS = { cold: 'cold (from process start)', warm: 'warm (from the request)' } as const;

const problemSchema = z.object({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});

/** `cold (from process start): ready 115 ms, 200 in 31.2 ms; peak 73.1 MiB, anonymous 22.2`. */
export function describeCurve({ name, samples, marks, answer }: MemoryCurve): string {
  const outcome = answer === undefined ? 'no answer' : `${answer.status} in ${answer.ms.toFixed(1)} ms`;
  const ready = marks.find((mark) => mark.label === 'ready');
  const start = ready === undefined ? '' : `ready ${ready.ms.toFixed(0)} ms, `;
  if (samples.length === 0) return `${KINDS[name]}: ${start}${outcome}`;
  const own = samples.map((one) => one.anonymousBytes).filter((one) => one !== undefined);
  const ownText = own.length === 0 ? '' : `, anonymous ${mib(Math.max(...own))}`;
  const peak = `peak ${peakOf(samples).toFixed(1)} MiB${ownText}`;
  return `${KINDS[name]}: ${start}${outcome}; ${peak}`;
}

/** `resident 5.2 … 147.0 MiB, at the end 146.7`. */
export function rangeText(samples: readonly MemorySample[]): string {
  const least = Math.min(...samples.map((one) => one.residentBytes));
  const last = samples.at(-1)?.residentBytes ?? 0;
  return `resident ${mib(least)} \u2026 ${peakOf(samples).toFixed(1)} MiB, at the end ${mib(last)}`;
}

/** One line that says why the profile is not one of a good request; undefined when all was well. */
export function failureOf(
  fn: RegisteredFunction,
  { curves, end }: Profile,
  lines: readonly string[],
): string | undefined {
  if (end?.cause === 'memory') return `${fn.name} was killed over its limit of ${fn.config.memoryMiB} MiB`;
  if (end?.wasReady === false) {
    return `${fn.name} ended before it was ready (${end.reason})${lastWords(lines)}`;
  }
  if (end !== undefined) return `${fn.name} ended before it had answered (${end.reason})`;
  const bad = curves.find((curve) => curve.answer?.problem !== undefined)?.answer;
  return bad === undefined
    ? undefined
    : `${fn.name} answered ${bad.status}: ${problemText(bad.problem ?? '')}`;
}

/** Title, detail and fields of a problem+json; of anything else its first characters. */
function problemText(text: string): string {
  const parsed = problemSchema.safeParse(parseJson(text));
  if (!parsed.success) return printable(text.slice(0, 200));
  const { title, detail, errors } = parsed.data;
  const fields = errors.map(({ path, message }) => `${path} ${message}`).join('; ');
  return printable([title, detail, fields].filter((part) => part !== undefined && part !== '').join(': '));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
