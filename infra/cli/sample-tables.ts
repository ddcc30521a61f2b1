/** `pillbox sample --records`: writes the tables of MIMIC, and tells how far it is. */

import { setFlagsFromString } from 'node:v8';
import type { TablesOptions } from '../sample/tables/write-tables.ts';
import { CommandError, EXIT } from './command-error.ts';
import { type Counter, createCounter } from './counter.ts';
import { sizeText } from './size-text.ts';

const IMAGE_BYTES = 1.3e6;
const IMAGE_S = 0.15;

export async function writeSampleTables(options: Omit<TablesOptions, 'onProgress'>): Promise<void> {
  // Rows are garbage at once; left to itself V8 would make room for 100 MB of it.
  setFlagsFromString('--semi-space-growth-factor=1');
  const { writeTables } = await import('../sample/tables/write-tables.ts');
  const { countTables } = await import('../sample/tables/table-counts.ts');
  const counters = {
    images: createCounter(process.stderr, 'drawing', 'images'),
    subjects: createCounter(process.stderr, 'writing', 'subjects'),
  };
  try {
    if (options.images === 'each') announce(countTables(options.records, true).images);
    const { rows, ...summary } = await writeTables({
      ...options,
      onProgress: ({ done, total, unit }) => counters[unit].show(done, total),
    });
    endAll(counters);
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    console.log(
      `${options.dir}: ${summary.records} of ${summary.studies} studies to be matched, ${total} rows in ` +
        `${Object.keys(rows).length} tables (${sizeText(summary.tableBytes)}), ${summary.reports} reports, ` +
        `${summary.imageFiles} images (${sizeText(summary.imageBytes)})`,
    );
  } catch (error) {
    endAll(counters);
    if (error instanceof RangeError) throw new CommandError(EXIT.usage, error.message, { cause: error });
    throw error;
  }
}

function announce(images: number): void {
  process.stderr.write(
    `${images} images will be drawn, about ${sizeText(images * IMAGE_BYTES)} and ` +
      `${Math.ceil((images * IMAGE_S) / 60)} min; --reuse-images and --tables-only need less\n`,
  );
}

function endAll(counters: Readonly<Record<string, Counter>>): void {
  for (const counter of Object.values(counters)) counter.end();
}
