/** Lays rows of text out in aligned columns. */

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** In characters; keeps tables that are printed in pieces aligned with each other. */
  readonly minWidth?: number;
}

export interface TableOptions {
  /** Whether the titles are printed; true by default. */
  readonly titles?: boolean;
}

const GAP = '  ';

/** One line a row, without trailing spaces and without line ends. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { titles = true }: TableOptions = {},
): string[] {
  const all = titles ? [columns.map((column) => column.title), ...rows] : rows;
  const widths = columns.map(({ minWidth = 0 }, index) =>
    all.reduce((widest, row) => Math.max(widest, width(row[index] ?? '')), minWidth),
  );
  return all.map((row) =>
    columns
      .map(({ align }, index) => pad(row[index] ?? '', widths[index] ?? 0, align))
      .join(GAP)
      .trimEnd(),
  );
}

function pad(text: string, to: number, align: Column['align'] = 'left'): string {
  const space = ' '.repeat(Math.max(0, to - width(text)));
  return align === 'right' ? space + text : text + space;
}

const width = (text: string) => [...text].length;
