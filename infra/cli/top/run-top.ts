/** Reads the boxes' figures again and again, and shows them in place on a terminal, one table after another elsewhere. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { RunFile } from '../../local/run-file.ts';
import { findRunning } from '../cloud-options.ts';
import { CommandError, EXIT } from '../command-error.ts';
import { createLiveScreen } from './live-screen.ts';
import { type BoxesReading, readBoxes } from './read-boxes.ts';
import { rowsOf } from './rows.ts';
import { tableLines } from './table-lines.ts';

export interface TopOptions {
  readonly data: string;
  readonly once: boolean;
  /** Seconds. */
  readonly interval: number;
  readonly json: boolean;
}

const PLAIN_COLUMNS = 200;
/** Rates need two readings; nobody wants to wait long for the second one. */
const FIRST_WAIT_SECONDS = 0.5;

/** Resolves after one table with `once`; otherwise never. Throws a CommandError (3) when nothing runs, or no more. */
export async function runTop(options: TopOptions): Promise<void> {
  const { data, once, interval, json } = options;
  const running = await findRunning(data);
  let before = await read(running);
  if (json && once) return print(before);
  const isLive = !once && !json && process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
  const screen = isLive ? createLiveScreen(process.stdout) : undefined;
  try {
    for (let waitSeconds = Math.min(FIRST_WAIT_SECONDS, interval); ; waitSeconds = interval) {
      await sleep(waitSeconds * 1000);
      const reading = await read(running);
      if (json) print(reading);
      else if (screen === undefined) printTable(before, reading, once);
      else screen.show([headLine(running, reading, interval), ...tableOf(before, reading)]);
      if (once) return;
      before = reading;
    }
  } finally {
    screen?.end();
  }
}

function print(reading: BoxesReading): void {
  console.log(JSON.stringify(reading));
}

/** Without times, tables that follow each other could not be told apart in a log. */
function printTable(before: BoxesReading, reading: BoxesReading, once: boolean): void {
  const time = once ? [] : [new Date(reading.atMs).toISOString()];
  console.log([...time, ...tableOf(before, reading)].join('\n'));
}

function headLine({ edge }: RunFile, { atMs }: BoxesReading, interval: number): string {
  const time = new Date(atMs).toLocaleTimeString('en-GB');
  const line = `Pillbox ${edge}  ${time}  every ${interval} s  Ctrl-C ends`;
  return line.slice(0, process.stdout.columns);
}

function tableOf(before: BoxesReading, reading: BoxesReading): string[] {
  const isColoured = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === '';
  // A pipe has no width: nothing is cut.
  const columns = process.stdout.columns ?? PLAIN_COLUMNS;
  return tableLines(rowsOf(before, reading), { columns, isColoured });
}

async function read(running: RunFile): Promise<BoxesReading> {
  try {
    return await readBoxes(running.boxes);
  } catch (cause) {
    throw new CommandError(EXIT.notFound, `the Pillbox at ${running.boxes} does not answer any more`, {
      cause,
    });
  }
}
