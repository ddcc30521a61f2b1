/** Lays out what became of the studies of a join: how many matched, why the others did not, and what could not be read. */

import { type BadRows, badRowsText } from '../../../shared/pipeline/join-bad-rows.ts';
import type { JoinSummary } from '../../../shared/pipeline/join-report.ts';
import { JOIN_REPORT_FILE } from '../../../shared/pipeline/object-names.ts';
import { printable } from '../printable.ts';
import { type Column, formatTable } from '../table.ts';

const COLUMNS: readonly Column[] = [
  { title: '', minWidth: 8 },
  { title: '', align: 'right' },
  { title: '', align: 'right' },
];

/** A row for the studies, one for those that matched, one for each reason; a line for rows that are in no count. */
export function joinLines({ studies, matched, unmatched, badRows }: JoinSummary): string[] {
  const rows = Object.entries({ matched, ...unmatched }).map(([name, share]) => [
    printable(name),
    String(share.count),
    percentText(share, studies),
  ]);
  return [
    ...formatTable(COLUMNS, [['studies', String(studies)], ...rows], { titles: false }),
    ...badRowLines(badRows),
  ];
}

/** None when all rows could be read. */
export function badRowLines(badRows: BadRows): string[] {
  if (badRows.count === 0) return [];
  return [printable(`${badRowsText(badRows)}; see badLines in ${JOIN_REPORT_FILE}`)];
}

/** `<0.1%` and `>99.9%`: none and all are told as such only where they are. */
function percentText({ count }: { readonly count: number }, studies: number): string {
  if (studies === 0) return '';
  const percent = (100 * count) / studies;
  if (count > 0 && percent < 0.1) return '<0.1%';
  return count < studies && percent > 99.9 ? '>99.9%' : `${percent.toFixed(1)}%`;
}
