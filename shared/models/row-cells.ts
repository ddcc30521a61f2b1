/** Rows as the walker compares them: every value twice, so that a comparison alone sends a missing one to its side. */

const CELLS_OF_FEATURE = 2;

/** The cell that a split on this feature looks at: of the second, a missing value goes right. */
export function cellOf(feature: number, missingRight: boolean): number {
  return feature * CELLS_OF_FEATURE + (missingRight ? 1 : 0);
}

export function featureOf(cell: number): number {
  return Math.floor(cell / CELLS_OF_FEATURE);
}

export function isMissingRight(cell: number): boolean {
  return cell % CELLS_OF_FEATURE === 1;
}

export function cellsOfRow(features: number): number {
  return features * CELLS_OF_FEATURE;
}

/** @param rows each of one float32 for each feature; NaN = missing, which is -∞ in the first cell, ∞ in the second. */
export function toCells(rows: readonly Float32Array[], features: number): Float32Array {
  const cells = new Float32Array(rows.length * cellsOfRow(features));
  let cell = 0;
  for (const row of rows) {
    for (let feature = 0; feature < features; feature++) {
      const x = row[feature] as number;
      const isMissing = Number.isNaN(x);
      cells[cell++] = isMissing ? Number.NEGATIVE_INFINITY : x;
      cells[cell++] = isMissing ? Number.POSITIVE_INFINITY : x;
    }
  }
  return cells;
}
