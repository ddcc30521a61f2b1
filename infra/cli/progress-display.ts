/** Shows how far a job is: a row a stage that is drawn in place on a terminal, a plain line for each change elsewhere. */

import type { Progress } from '../../shared/pipeline/progress.ts';
import type { Peaks } from './jobs/peaks.ts';
import { createSpeed, type Speed } from './jobs/speed.ts';
import { countText, peakText, stageLines } from './jobs/stage-lines.ts';
import { type StageRow, stageRows } from './jobs/stage-rows.ts';
import { printable } from './printable.ts';

/** Plain lines come no faster than this: a log is read later. */
const PLAIN_INTERVAL_MS = 2_000;
const USUAL_COLUMNS = 80;

export interface ProgressDisplay {
  /** @param peaks of the boxes' memory, where it is known. */
  update(progress: Progress, peaks?: Peaks): void;
  /** Prints a line of its own, above the rows where there are some. */
  note(line: string): void;
  /** Leaves one line with the last state. May be called twice. */
  end(): void;
}

export type DisplayStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

const NO_PEAKS: Peaks = new Map();

/** @param now in milliseconds. */
export function createProgressDisplay(stream: DisplayStream, now: () => number = Date.now): ProgressDisplay {
  const isLive = stream.isTTY === true && process.env['TERM'] !== 'dumb';
  return isLive ? liveDisplay(stream, now) : plainDisplay(stream, now);
}

function plainDisplay(stream: DisplayStream, now: () => number): ProgressDisplay {
  const speed = createSpeed();
  let last: { progress: Progress; peaks: Peaks } | undefined;
  let printed = '';
  let printedMs = Number.NEGATIVE_INFINITY;
  const print = ({ progress, peaks }: { progress: Progress; peaks: Peaks }) => {
    const change = keyOf(progress);
    if (change === printed) return;
    printed = change;
    printedMs = now();
    stream.write(`${describe(progress, speed, peaks)}\n`);
  };
  return {
    update(progress, peaks = NO_PEAKS) {
      speed.add(progress, now());
      last = { progress, peaks };
      if (now() - printedMs >= PLAIN_INTERVAL_MS) print(last);
    },
    note: (line) => stream.write(`${line}\n`),
    end() {
      if (last !== undefined) print(last);
    },
  };
}

/** Moves the cursor up and clears, nothing else: there is nothing to restore when Ctrl-C ends the program. */
function liveDisplay(stream: DisplayStream, now: () => number): ProgressDisplay {
  const speed = createSpeed();
  let last: { progress: Progress; peaks: Peaks } | undefined;
  let drawn = { lines: 0, columns: 0 };
  let ended = false;
  const columnsNow = () => stream.columns ?? USUAL_COLUMNS;
  /** A terminal that changed its width has wrapped the old rows anew: where they begin is not known, so they stay. */
  const back = () => (drawn.lines === 0 || drawn.columns !== columnsNow() ? '' : `\u001b[${drawn.lines}A\r`);
  const draw = (above: string) => {
    const lines = last === undefined || ended ? [] : liveLines(last, speed, columnsNow());
    const text = lines.map(cleared).join('');
    // One write: the terminal never shows half of it.
    stream.write(`${back()}${above === '' ? '' : cleared(above)}${text}\u001b[J`);
    drawn = { lines: lines.length, columns: columnsNow() };
  };
  return {
    update(progress, peaks = NO_PEAKS) {
      speed.add(progress, now());
      last = { progress, peaks };
      draw('');
    },
    note: (line) => draw(line),
    end() {
      if (ended) return;
      ended = true;
      draw(last === undefined ? '' : describe(last.progress, speed, last.peaks));
    },
  };
}

/** What stood in the line before goes. */
function cleared(text: string): string {
  return `${text.replaceAll('\n', '\u001b[K\n')}\u001b[K\n`;
}

function liveLines(
  { progress, peaks }: { progress: Progress; peaks: Peaks },
  speed: Speed,
  columns: number,
): string[] {
  const lines = stageLines(stageRows(progress), peaks, columns);
  const below = [speed.text(), failedText(progress)].filter((text) => text !== '').join(' | ');
  // The last column is left free: some terminals wrap a line that fills it.
  return [...lines, below === '' ? wordsOf(progress) : below].map((line) => line.slice(0, columns - 1));
}

function describe(progress: Progress, speed: Speed, peaks: Peaks): string {
  const { state, records, recordsDone, tars, failed, error } = progress;
  if (state === 'failed' || state === 'cancelled') {
    return printable(`${state}: ${error?.code ?? 'unknown'}: ${error?.message ?? 'no reason given'}`);
  }
  const memory = peaksText(stageRows(progress), peaks);
  if (state === 'done') {
    const perSecond = speed.recordsPerSecond();
    const rate = perSecond > 0 ? `, ${perSecond.toFixed(1)} records/s` : '';
    const text = `done: ${records ?? recordsDone} records, ${failed ?? 0} left out, in ${tars ?? 0} tars${rate}`;
    return memory === '' ? text : `${text}\npeak memory: ${memory}`;
  }
  const row = stageRows(progress).find((one) => one.state === 'running');
  const counts = row?.total === undefined ? '' : countText(row);
  const peak = row === undefined ? '' : peakText(row.stage, peaks);
  return [wordsOf(progress), counts, speed.text(), failedText(progress), peak]
    .filter((text) => text !== '')
    .join(' | ');
}

/** `plan 98, shard 167 MiB`. */
function peaksText(rows: readonly StageRow[], peaks: Peaks): string {
  const known = rows.flatMap(({ stage }) => {
    const peak = peaks.get(stage);
    return peak === undefined ? [] : [`${stage} ${Math.ceil(peak.peakMiB)}`];
  });
  return known.length === 0 ? '' : `${known.join(', ')} MiB`;
}

function wordsOf({ state, stage }: Progress): string {
  if (state === 'waiting') return 'waiting for the job';
  if (state === 'planning') return 'counting records';
  if (stage === 'join') return 'joining tables';
  return stage === 'combine' ? 'joining tars' : 'making shards';
}

function failedText({ failed, failedIsAtLeast }: Progress): string {
  if (failed === undefined) return '';
  return `${failed}${failedIsAtLeast === true ? ' or more' : ''} left out`;
}

/** What counts as a change: the speed alone does not. */
function keyOf({ state, stage, join, recordsDone, tarsDone, failed }: Progress): string {
  return [state, stage, join?.step, join?.tasksDone, recordsDone, tarsDone, failed].join('/');
}
