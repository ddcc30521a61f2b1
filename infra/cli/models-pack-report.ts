/** What packing a model brought: the table of both forms, and the lines that follow it. */

import { type Fit, fitText } from '../../shared/images/pack-fit.ts';
import type { Measurement } from './models-measure.ts';
import { printable } from './printable.ts';
import { type Column, formatTable } from './table.ts';

const MIB = 1024 * 1024;
const COLUMNS: readonly Column[] = [
  { title: 'LOADED' },
  { title: 'LOAD MS', align: 'right' },
  { title: 'RUN MS', align: 'right' },
  { title: 'PEAK MIB', align: 'right' },
  { title: 'ANONYMOUS MIB', align: 'right' },
];

/** What two measurements of one graph differ by. */
const PEAK_NOISE_BYTES = 8 * MIB;
/** A larger graph a service runs as it stands, which is slower: packed it is optimised. */
const EXPORTED_LIMIT_BYTES = 48 * MIB;

export interface MeasuredPair {
  readonly plain: Measurement;
  readonly packed: Measurement;
}

interface Packing {
  readonly cardPath: string;
  /** Undefined where the graph is served as exported. */
  readonly target: string | undefined;
  readonly notes: readonly string[];
}

export function printPair({ plain, packed }: MeasuredPair): void {
  const row = (name: string, one: Measurement) => [
    name,
    one.loadMs.toFixed(0),
    one.runMs.toFixed(1),
    (one.peakBytes / MIB).toFixed(0),
    one.anonymousBytes === undefined ? '' : (one.anonymousBytes / MIB).toFixed(0),
  ];
  console.log(formatTable(COLUMNS, [row('as exported', plain), row('packed', packed)]).join('\n'));
}

/** An int8 graph is small already, and mapped it is held beside what the runtime makes of it. */
export function savesMemory({ plain, packed }: MeasuredPair, bytes: number): boolean {
  return bytes > EXPORTED_LIMIT_BYTES || packed.peakBytes <= plain.peakBytes + PEAK_NOISE_BYTES;
}

export function printReport(fit: Fit, { cardPath, target, notes }: Packing): void {
  if (target === undefined) console.log('Packed it takes more memory: it is served as exported.');
  console.log(`${target === undefined ? 'As exported' : 'Packed'}: ${fitText(fit)}.`);
  console.log(`Wrote ${target === undefined ? '' : `${printable(target)} and `}${printable(cardPath)}`);
  for (const note of notes) console.log(`Note: ${note}`);
  console.log(`Check it with: npx pillbox models verify --card ${printable(cardPath)}`);
}
