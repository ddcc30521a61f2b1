/** Lays the stages of a job out as lines of text: a bar, counts and peak memory each. */

import { type Column, formatTable } from '../table.ts';
import type { Peaks } from './peaks.ts';
import type { StageRow } from './stage-rows.ts';

const COLUMNS: readonly Column[] = [
  { title: 'stage', minWidth: 7 },
  { title: '' },
  { title: 'done', align: 'right', minWidth: 4 },
  { title: '', minWidth: 24 },
  { title: '' },
];
const WIDE_TERMINAL = 100;
const BAR_WIDTH = { narrow: 12, wide: 32 };

/** @param width of the terminal, in columns; absent = no bars. */
export function stageLines(rows: readonly StageRow[], peaks: Peaks, width?: number): string[] {
  const cells = rows.map((row) => [
    row.stage,
    ...(width === undefined ? [] : [bar(row, width < WIDE_TERMINAL ? BAR_WIDTH.narrow : BAR_WIDTH.wide)]),
    percentText(row),
    countText(row),
    // Of a stage that waits, it would be that of an earlier job.
    row.state === 'waiting' ? '' : peakText(row.stage, peaks),
  ]);
  const columns = COLUMNS.filter((_, index) => width !== undefined || index !== 1);
  return formatTable(columns, cells, { titles: false });
}

export function countText({ state, done, total, unit }: StageRow): string {
  if (state === 'waiting') return 'waiting';
  if (total === undefined) return state === 'running' ? 'counting' : '';
  return state === 'done' ? `${total} ${unit}` : `${done} of ${total} ${unit}`;
}

/** `peak 143 of 256 MiB`; empty where it is not known. */
export function peakText(stage: string, peaks: Peaks): string {
  const peak = peaks.get(stage);
  return peak === undefined ? '' : `peak ${Math.ceil(peak.peakMiB)} of ${peak.limitMiB} MiB`;
}

function fractionOf({ state, done, total }: StageRow): number {
  if (state === 'done') return 1;
  return state === 'waiting' || total === undefined || total === 0 ? 0 : done / total;
}

/** Rounded down: 100% is the end. */
function percentText(row: StageRow): string {
  if (row.state === 'waiting') return '';
  return row.state === 'done' ? 'done' : `${Math.floor(fractionOf(row) * 100)}%`;
}

function bar(row: StageRow, width: number): string {
  const filled = Math.floor(fractionOf(row) * width);
  return `[${'='.repeat(filled)}${' '.repeat(width - filled)}]`;
}
