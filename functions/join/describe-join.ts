/** The report of a join: what was read, what was wrong with it, and what came of it. The same for the same inputs. */

import type { BadRows } from '../../shared/pipeline/join-bad-rows.ts';
import type { JoinCounts, ScanMarker } from '../../shared/pipeline/join-markers.ts';
import { type JoinPlan, TABLES } from '../../shared/pipeline/join-plan.ts';
import { joinOptions } from './join-options.ts';
import { UNMATCHED_REASONS } from './join-subject.ts';

const FORMAT = 'pillbox/join/1';
/** Rates are told to the millionth. */
const RATE_DIGITS = 6;

interface JoinReport {
  readonly badRows: BadRows;
  readonly [field: string]: unknown;
}

/** matched + the sum of unmatched = studies. See shared/pipeline/join-report.ts for who reads it. */
export function describeJoin(plan: JoinPlan, scans: readonly ScanMarker[], counts: JoinCounts): JoinReport {
  const of = (name: string) => counts[name] ?? 0;
  const studies = of('studies');
  const share = (count: number) => ({
    count,
    rate: studies === 0 ? 0 : Number((count / studies).toFixed(RATE_DIGITS)),
  });
  const listed = scans.find(({ scan }) => scan === 'files');
  return {
    format: FORMAT,
    job: plan.job.id,
    options: joinOptions(plan),
    partitions: plan.partitions,
    tables: Object.fromEntries(
      TABLES.flatMap((table) => {
        const scan = scans.find((marker) => marker.scan === table);
        const source = plan.tables[table];
        return scan === undefined || source === undefined ? [] : [[table, describeTable(scan, source, of)]];
      }),
    ),
    files: { listed: listed?.rows ?? 0, imagesMissing: of('images.missing') },
    studies,
    matched: share(of('matched')),
    unmatched: Object.fromEntries(
      UNMATCHED_REASONS.map((reason) => [reason, share(of(`unmatched.${reason}`))]),
    ),
    badRows: describeBadRows(scans),
    agesMissing: of('age.missing'),
  };
}

/** Of all tables together: no study is known of a row whose ids cannot be read, so it must not be overlooked. */
function describeBadRows(scans: readonly ScanMarker[]): BadRows {
  const bad = scans.filter(({ badRows }) => badRows > 0);
  return {
    count: bad.reduce((sum, { badRows }) => sum + badRows, 0),
    tables: Object.fromEntries(
      TABLES.flatMap((table) =>
        bad.filter(({ scan }) => scan === table).map(({ badRowCauses }) => [table, badRowCauses]),
      ),
    ),
  };
}

type Source = NonNullable<JoinPlan['tables'][(typeof TABLES)[number]]>;

function describeTable(scan: ScanMarker, source: Source, of: (name: string) => number): object {
  const { bucket, name, sizeBytes, crc32c } = source;
  return {
    source: `gs://${bucket}/${name}`,
    sizeBytes,
    crc32c,
    rows: scan.rows,
    badRows: scan.badRows,
    badRowCauses: scan.badRowCauses,
    badLines: scan.badLines,
    replacedFields: scan.replacedFields,
    duplicates: of(`${scan.scan}.duplicates`),
    ...(['triage', 'vitalsign'].includes(scan.scan) && { withoutStay: of(`${scan.scan}.orphans`) }),
    ...(scan.scan === 'split' && { conflicts: of('split.conflicts') }),
    columns: describeColumns(scan),
  };
}

/** The counts `table.column.problem` as `{ column: { problem: count } }`. */
function describeColumns({ scan, counts }: ScanMarker): object {
  const columns: Record<string, Record<string, number>> = {};
  for (const [key, count] of Object.entries(counts)) {
    const dot = key.lastIndexOf('.');
    const column = key.slice(scan.length + 1, dot);
    columns[column] = { ...columns[column], [key.slice(dot + 1)]: count };
  }
  return columns;
}
