/** Shows how far a job is: a live line on a terminal, a plain line for each change elsewhere. */

import { MultiBar } from 'cli-progress';
import type { Progress } from '../../shared/pipeline/progress.ts';
import { createRateMeter, type RateMeter } from './rate-meter.ts';

/** Plain lines come no faster than this: a log is read later. */
const PLAIN_INTERVAL_MS = 2_000;
const REDRAWS_PER_SECOND = 5;
const BAR_WIDTH = 28;

export interface ProgressDisplay {
  update(progress: Progress): void;
  /** Prints a line of its own, above the live line where there is one. */
  note(line: string): void;
  /** Leaves one line with the last state. May be called twice. */
  end(): void;
}

export type DisplayStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

/** @param now in milliseconds. */
export function createProgressDisplay(stream: DisplayStream, now: () => number = Date.now): ProgressDisplay {
  const isLive = stream.isTTY === true && process.env['TERM'] !== 'dumb';
  return isLive ? liveDisplay(stream, now) : plainDisplay(stream, now);
}

function plainDisplay(stream: DisplayStream, now: () => number): ProgressDisplay {
  const meter = createRateMeter();
  let last: Progress | undefined;
  let printed = '';
  let printedMs = Number.NEGATIVE_INFINITY;
  const print = (progress: Progress) => {
    const change = keyOf(progress);
    if (change === printed) return;
    printed = change;
    printedMs = now();
    stream.write(`${describe(progress, meter.perSecond())}\n`);
  };
  return {
    update(progress) {
      measure(meter, progress, now());
      last = progress;
      if (now() - printedMs >= PLAIN_INTERVAL_MS) print(progress);
    },
    note: (line) => stream.write(`${line}\n`),
    end() {
      if (last !== undefined) print(last);
    },
  };
}

function liveDisplay(stream: DisplayStream, now: () => number): ProgressDisplay {
  const meter = createRateMeter();
  const bars = new MultiBar({
    stream,
    format: '{stage} [{bar}] {percentage}%{numbers}',
    barsize: BAR_WIDTH,
    fps: REDRAWS_PER_SECOND,
    // A note overwrites the line, so it is drawn again even when nothing changed.
    forceRedraw: true,
    clearOnComplete: true,
    emptyOnZero: true,
    // True leaves the terminal's own setting alone and cuts the line to fit: nothing to restore after Ctrl-C.
    linewrap: true,
    gracefulExit: false,
  });
  const bar = bars.create(0, 0, { stage: 'starting', numbers: '' });
  let last: Progress | undefined;
  let ended = false;
  return {
    update(progress) {
      measure(meter, progress, now());
      last = progress;
      const isCombining = progress.stage === 'combine';
      bar.setTotal((isCombining ? progress.tars : progress.records) ?? 0);
      bar.update(isCombining ? progress.tarsDone : progress.recordsDone, {
        stage: stageText(progress),
        numbers: numberTexts(progress, meter.perSecond())
          .map((text) => ` | ${text}`)
          .join(''),
      });
    },
    note: (line) => stream.write(`\r\u001b[K${line}\n`),
    end() {
      if (ended) return;
      ended = true;
      bars.stop();
      if (last !== undefined) stream.write(`${describe(last, meter.perSecond())}\n`);
    },
  };
}

/** Until the records are counted the clock does not run: waiting for a plan is not slowness. */
function measure(meter: RateMeter, { state, recordsDone }: Progress, nowMs: number): void {
  if (state === 'running' || state === 'done') meter.add(recordsDone, nowMs);
}

function describe(progress: Progress, perSecond: number): string {
  const { state, records, recordsDone, tars, failed, error } = progress;
  if (state === 'failed')
    return `failed: ${error?.code ?? 'unknown'}: ${error?.message ?? 'no reason given'}`;
  if (state === 'done') {
    const speed = perSecond > 0 ? `, ${perSecond.toFixed(1)} records/s` : '';
    return `done: ${records ?? recordsDone} records, ${failed ?? 0} left out, in ${tars ?? 0} tars${speed}`;
  }
  return [stageText(progress), ...numberTexts(progress, perSecond)].join(' | ');
}

function numberTexts(progress: Progress, perSecond: number): string[] {
  return [countText(progress), speedText(progress, perSecond)].filter((text) => text !== '');
}

function stageText({ state, stage }: Progress): string {
  if (state === 'waiting') return 'waiting for the job';
  if (state === 'planning') return 'counting records';
  return stage === 'combine' ? 'joining tars' : 'making shards';
}

function countText({ state, stage, records, recordsDone, tars, tarsDone }: Progress): string {
  if (state === 'waiting' || state === 'planning') return '';
  if (stage === 'combine') return `${tarsDone}/${tars ?? '?'} tars`;
  return `${recordsDone}/${records ?? '?'} records`;
}

function speedText({ state, stage, records, recordsDone }: Progress, perSecond: number): string {
  if (state !== 'running' || stage === 'combine' || perSecond <= 0) return '';
  const leftSeconds = Math.ceil(((records ?? recordsDone) - recordsDone) / perSecond);
  return `${perSecond.toFixed(1)} records/s | ${durationText(leftSeconds)} left`;
}

function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What counts as a change: the speed alone does not. */
function keyOf({ state, stage, recordsDone, tarsDone }: Progress): string {
  return [state, stage, recordsDone, tarsDone].join('/');
}
