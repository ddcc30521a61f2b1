/** Rows of the tables of a join that could not be read: no study is known of them, so they must not be overlooked. */

/** Rows with too few or too many fields, or an id that cannot be used. */
export interface BadRows {
  readonly count: number;
  /** How many, by table, and by cause: `fields`, or the column of the id. */
  readonly tables: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** `24 rows could not be read: metadata 20 (dicom_id 14, subject_id 6), triage 4 (fields 4)`. */
export function badRowsText({ count: rows, tables }: BadRows): string {
  const perTable = Object.entries(tables).map(([table, causes]) => {
    const entries = Object.entries(causes);
    const sum = entries.reduce((total, [, number]) => total + number, 0);
    return `${table} ${sum} (${entries.map(([cause, number]) => `${cause} ${number}`).join(', ')})`;
  });
  return `${rows} ${rows === 1 ? 'row' : 'rows'} could not be read: ${perTable.join(', ')}`;
}
