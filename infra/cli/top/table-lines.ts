/** Lays the rows of `pillbox top` out for a terminal of a given width: the least needed columns go first. */

import { type Column, formatTable } from '../table.ts';
import { memoryBar } from './memory-bar.ts';
import type { TopRow } from './rows.ts';

export interface TableLinesOptions {
  readonly columns: number;
  readonly isColoured: boolean;
}

interface TopColumn extends Column {
  readonly text: (row: TopRow) => string;
  /** Those of the highest number are left out first. */
  readonly rank: number;
}

const BAR_TITLE = '= resident, - peak, of the limit';
const SHORT_BAR_TITLE = 'memory';
const BAR_MIN = 10;
const BAR_MAX = 40;
const GAP = 2;

const COLUMNS: readonly TopColumn[] = [
  { title: 'function', rank: 0, text: (row) => row.function },
  { title: 'inst', align: 'right', rank: 4, text: (row) => String(row.instances) },
  { title: 'state', rank: 1, minWidth: 8, text: (row) => row.state },
  { title: 'MiB', align: 'right', rank: 0, minWidth: 5, text: (row) => mib(row.residentMiB) },
  { title: 'peak', align: 'right', rank: 3, minWidth: 5, text: (row) => mib(row.peakMiB) },
  { title: 'limit', align: 'right', rank: 1, text: (row) => String(row.limitMiB) },
  { title: 'req/s', align: 'right', rank: 2, minWidth: 6, text: (row) => rate(row.requestsPerSecond) },
  { title: 'work', align: 'right', rank: 3, text: (row) => String(row.inWork) },
  { title: 'queue', align: 'right', rank: 3, text: (row) => String(row.queued) },
  { title: 'kill', align: 'right', rank: 2, text: (row) => String(row.kills) },
  { title: 'recycle', align: 'right', rank: 5, text: (row) => String(row.recycles) },
  { title: 'refuse', align: 'right', rank: 6, text: (row) => count(row.refused) },
  { title: 'shed', align: 'right', rank: 6, text: (row) => count(row.sheds) },
  { title: 'cold ms', align: 'right', rank: 7, text: (row) => count(row.coldStartMs) },
];
const BAR_AFTER = 'state';
const LEAST_RANK = 0;

/** No line is wider than `columns`. */
export function tableLines(rows: readonly TopRow[], { columns, isColoured }: TableLinesOptions): string[] {
  const shown = fittingColumns(rows, columns);
  const barAt = shown.findIndex((column) => column.title === BAR_AFTER) + 1;
  const barWidth = Math.min(BAR_MAX, columns - widthOf(shown, rows) - GAP);
  const hasBar = barAt > 0 && barWidth >= BAR_MIN;
  const bar: TopColumn = {
    title: barWidth < BAR_TITLE.length ? SHORT_BAR_TITLE : BAR_TITLE,
    rank: 0,
    text: (row) => memoryBar({ ...row, width: barWidth }),
  };
  const all = hasBar ? shown.toSpliced(barAt, 0, bar) : shown;
  const lines = formatTable(
    all,
    rows.map((row) => all.map((column) => column.text(row))),
  ).map((line) => line.slice(0, columns));
  return isColoured ? lines.map((line, index) => coloured(line, rows[index - 1])) : lines;
}

/** Leaves columns out, rank by rank, until they and a short bar fit. */
function fittingColumns(rows: readonly TopRow[], columns: number): readonly TopColumn[] {
  let shown = COLUMNS.filter((column) => rows.some((row) => column.text(row) !== ''));
  for (;;) {
    const rank = Math.max(...shown.map((column) => column.rank));
    if (rank <= LEAST_RANK || widthOf(shown, rows) + GAP + BAR_MIN <= columns) return shown;
    shown = shown.filter((column) => column.rank < rank);
  }
}

function widthOf(columns: readonly TopColumn[], rows: readonly TopRow[]): number {
  const [titles = ''] = formatTable(
    columns.map((column) => ({
      ...column,
      title: 'x'.repeat(
        Math.max(column.minWidth ?? 0, column.title.length, ...rows.map((row) => column.text(row).length)),
      ),
    })),
    [],
  );
  return titles.length;
}

/** Red for one near its limit or killed, yellow for one that gives memory back, dim for one that is off. */
function coloured(line: string, row: TopRow | undefined): string {
  const paint = (code: number) => `\u001b[${code}m${line}\u001b[0m`;
  if (row === undefined) return paint(1);
  if (row.state === 'drain' || row.state === 'stop' || row.kills > 0) return paint(31);
  if (row.state === 'flush' || row.state === 'shed') return paint(33);
  return row.state === 'off' ? paint(2) : line;
}

function mib(value: number): string {
  return value === 0 ? '' : value.toFixed(0);
}

function rate(perSecond: number): string {
  return perSecond === 0 ? '0' : perSecond.toFixed(perSecond < 100 ? 1 : 0);
}

function count(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(0);
}
