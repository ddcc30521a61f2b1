/** Finds the tables of MIMIC-IV-ED and MIMIC-CXR-JPG below a prefix, by the names that PhysioNet gives them. */

import type { OpenStore } from '../../../shared/storage/object-store.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { type CloudPlace, gsUrl } from '../gs-url.ts';
import { listObjects } from '../list-objects.ts';
import { printable } from '../printable.ts';

/** The fields of job.join.tables, and the names of files that fill them. */
const FILES = {
  edstays: /^edstays\.csv(?:\.gz)?$/,
  triage: /^triage\.csv(?:\.gz)?$/,
  vitalsign: /^vitalsign\.csv(?:\.gz)?$/,
  patients: /^patients\.csv(?:\.gz)?$/,
  metadata: /^mimic-cxr-\d+\.\d+\.\d+-metadata\.csv(?:\.gz)?$/,
  chexpert: /^mimic-cxr-\d+\.\d+\.\d+-chexpert\.csv(?:\.gz)?$/,
  split: /^mimic-cxr-\d+\.\d+\.\d+-split\.csv(?:\.gz)?$/,
} as const;

export type TableName = keyof typeof FILES;
export const TABLE_NAMES = Object.keys(FILES) as readonly TableName[];
const OPTIONAL: ReadonlySet<TableName> = new Set(['chexpert', 'split']);

export type Tables = Partial<Record<TableName, string>>;

/**
 * One list of everything below the prefix. Throws a CommandError that names each table of which there is none, and each
 * of which there are several.
 * @param given tables that are named already, and not looked for.
 * @param onSeen is told how many names were seen: images are among them, so they may be many.
 */
export async function findTables(
  openStore: OpenStore,
  place: CloudPlace,
  { given = {}, onSeen = () => {} }: { given?: Tables; onSeen?: (names: number) => void } = {},
): Promise<Tables> {
  const found = new Map<TableName, string[]>();
  let seen = 0;
  for await (const { name } of listObjects(openStore, place)) {
    onSeen(++seen);
    const file = name.slice(name.lastIndexOf('/') + 1);
    const table = TABLE_NAMES.find((one) => FILES[one].test(file));
    if (table === undefined || given[table] !== undefined) continue;
    found.set(table, [...(found.get(table) ?? []), gsUrl({ bucket: place.bucket, name })]);
  }
  expectOneOfEach(found, place, given);
  const tables = TABLE_NAMES.map((table) => [table, given[table] ?? found.get(table)?.[0]]);
  return Object.fromEntries(tables.filter(([, name]) => name !== undefined));
}

function expectOneOfEach(
  found: ReadonlyMap<TableName, readonly string[]>,
  place: CloudPlace,
  given: Tables,
): void {
  const several = [...found].filter(([, names]) => names.length > 1);
  const missing = TABLE_NAMES.filter(
    (table) => !OPTIONAL.has(table) && given[table] === undefined && !found.has(table),
  );
  const problems = [
    ...missing.map((table) => `join.tables.${table}: no ${fileName(table)}`),
    ...several.map(([table, names]) => `join.tables.${table}: ${names.map(printable).join(' and ')}`),
  ];
  if (problems.length === 0) return;
  throw new CommandError(
    missing.length > 0 ? EXIT.notFound : EXIT.failed,
    `below ${printable(gsUrl(place))} each table must be there once: ${problems.join('; ')} (name it with --table)`,
  );
}

/** `edstays.csv[.gz]`. */
function fileName(table: TableName): string {
  return table === 'metadata' ? 'mimic-cxr-2.0.0-metadata.csv[.gz]' : `${table}.csv[.gz]`;
}
