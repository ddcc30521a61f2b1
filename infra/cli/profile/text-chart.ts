/** Draws a memory curve as text: the process's own memory solid, pages of files shaded, the limit as a line. */

import type { MemorySample } from './memory-curve.ts';

export interface TextChartOptions {
  readonly limitMiB: number;
  /** Characters of the widest line. */
  readonly columns: number;
  readonly rows?: number;
}

const MIB = 1024 * 1024;
const ROWS = 10;
const AXIS_WIDTH = 8;
const LEAST_COLUMNS = 10;
const OWN = '\u2588';
const FILES = '\u2592';
const LIMIT = '-';

/** Lines from the limit, or the peak where that is higher, down to 0, and the axis of time. Needs one sample or more. */
export function textChart(samples: readonly MemorySample[], options: TextChartOptions): string[] {
  const { limitMiB, columns, rows = ROWS } = options;
  const width = Math.max(LEAST_COLUMNS, columns - AXIS_WIDTH - 1);
  const bars = inColumns(samples, width);
  const topMiB = Math.max(limitMiB, ...bars.map((bar) => bar.residentMiB));
  const perRowMiB = topMiB / rows;
  const lines: string[] = [];
  for (let row = rows; row >= 1; row--) {
    const isLimit = row === Math.round(limitMiB / perRowMiB);
    const middleMiB = (row - 0.5) * perRowMiB;
    const cells = bars.map((bar) => cellOf(bar, middleMiB) ?? (isLimit ? LIMIT : ' '));
    lines.push(`${label(isLimit ? limitMiB : row * perRowMiB, isLimit)}${cells.join('')}`.trimEnd());
  }
  const endMs = `${(samples.at(-1)?.ms ?? 0).toFixed(0)} ms`;
  lines.push(`${'0'.padStart(AXIS_WIDTH - 2)} +${'-'.repeat(width)}`);
  lines.push(`${' '.repeat(AXIS_WIDTH)}0${endMs.padStart(width - 1)}`);
  return lines;
}

interface Bar {
  readonly residentMiB: number;
  readonly anonymousMiB: number;
}

/** The highest reading of each column's time; a column without one continues the one before. */
function inColumns(samples: readonly MemorySample[], width: number): Bar[] {
  const lastMs = Math.max(samples.at(-1)?.ms ?? 0, Number.EPSILON);
  const bars: (Bar | undefined)[] = Array.from({ length: width });
  for (const { ms, residentBytes, anonymousBytes } of samples) {
    const index = Math.min(width - 1, Math.floor((ms / lastMs) * width));
    const residentMiB = residentBytes / MIB;
    if (residentMiB < (bars[index]?.residentMiB ?? 0)) continue;
    bars[index] = { residentMiB, anonymousMiB: (anonymousBytes ?? residentBytes) / MIB };
  }
  let before: Bar = { residentMiB: 0, anonymousMiB: 0 };
  return bars.map((bar) => {
    before = bar ?? before;
    return before;
  });
}

function cellOf({ residentMiB, anonymousMiB }: Bar, mib: number): string | undefined {
  if (anonymousMiB >= mib) return OWN;
  return residentMiB >= mib ? FILES : undefined;
}

function label(mib: number, isLimit: boolean): string {
  return `${mib.toFixed(0).padStart(AXIS_WIDTH - 2)} ${isLimit ? '+' : '|'}`;
}
