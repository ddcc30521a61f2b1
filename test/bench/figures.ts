/** What a benchmark gives: figures with names, and the file and table they are shown in. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { formatTable } from '../../infra/cli/table.ts';
import packageJson from '../../package.json' with { type: 'json' };

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same figure of what we compare with, measured in the same run. */
  readonly baseline?: number;
  readonly target?: number;
}

const ROOT = join(import.meta.dirname, '../..');

/** Prints the table and writes `.pillbox/bench/<name>.json`. */
export function showFigures(name: string, figures: readonly Figure[]): void {
  const columns = ['FIGURE', 'VALUE', 'UNIT', 'BASELINE', 'RATIO', 'TARGET'].map((title, at) =>
    at === 0 || at === 2 ? { title } : { title, align: 'right' as const },
  );
  console.log(formatTable(columns, figures.map(row)).join('\n'));
  const folder = join(ROOT, '.pillbox/bench');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.json`);
  writeFileSync(file, `${JSON.stringify({ ...place(), figures: figures.map(withRatio) }, null, 2)}\n`);
  console.log(`\nWrote ${file}`);
}

function withRatio(figure: Figure): Figure & { readonly ratio?: number } {
  return figure.baseline === undefined ? figure : { ...figure, ratio: figure.value / figure.baseline };
}

function row(figure: Figure): string[] {
  const { name, value, unit, baseline, ratio, target } = { ratio: undefined, ...withRatio(figure) };
  return [name, digits(value), unit, digits(baseline), digits(ratio), digits(target)];
}

function digits(value: number | undefined): string {
  if (value === undefined) return '';
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function place() {
  const [cpu] = cpus();
  return {
    machine: {
      cpu: cpu?.model ?? 'unknown',
      cores: cpus().length,
      memoryMiB: Math.round(totalmem() / 2 ** 20),
      platform: `${process.platform} ${process.arch}`,
    },
    versions: packageJson.dependencies,
    commit: commit(),
  };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
