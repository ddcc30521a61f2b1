/** Counts towards a known total: a bar on a terminal, a line every few seconds elsewhere. */

import type { DisplayStream } from './progress-display.ts';

const PLAIN_INTERVAL_MS = 4_000;
const LIVE_INTERVAL_MS = 100;
const BAR_WIDTH = 28;

export interface Counter {
  show(done: number, total: number): void;
  /** Leaves no trace of the bar. */
  end(): void;
}

/** @param label goes before the numbers, `unit` after them. */
export function createCounter(stream: DisplayStream, label: string, unit: string, now = Date.now): Counter {
  const isLive = stream.isTTY === true && process.env['TERM'] !== 'dumb';
  const startedMs = now();
  let shownMs = isLive ? Number.NEGATIVE_INFINITY : startedMs;
  let isShowing = false;
  return {
    show(done, total) {
      if (now() - shownMs < (isLive ? LIVE_INTERVAL_MS : PLAIN_INTERVAL_MS)) return;
      shownMs = now();
      isShowing = isLive;
      const text = `${done}/${total} ${unit}${leftText(done, total, now() - startedMs)}`;
      stream.write(isLive ? `\r\u001b[K${label} ${bar(done / total)} ${text}` : `${label} ${text}\n`);
    },
    end() {
      if (isShowing) stream.write('\r\u001b[K');
      isShowing = false;
    },
  };
}

function bar(fraction: number): string {
  const filled = Math.round(fraction * BAR_WIDTH);
  return `[${'='.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
}

function leftText(done: number, total: number, elapsedMs: number): string {
  if (done === 0) return '';
  return `, ${Math.ceil(((elapsedMs / done) * (total - done)) / 1000)} s left`;
}
