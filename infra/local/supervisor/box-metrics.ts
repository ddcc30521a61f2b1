/** What an instance says of itself at `/metrics`: the figures of Pillbox, by name, from Prometheus' text. */

import type { BoxInstance } from './box-instance.ts';

/** By name without labels, such as `pillbox_pressure_level`. */
export type BoxMetrics = Readonly<Record<string, number>>;

/** An instance that is busy with one long computation does not answer; then its last answer stands. */
const ANSWER_WITHIN_MS = 300;
const MAX_BYTES = 256 * 1024;
/** A label's value may hold braces, and quotes behind a backslash. */
const LINE = /^(pillbox_\w+)(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})? (-?[\d.e+-]+)(?: \d+)?$/i;

/**
 * A reader that remembers each instance's last answer, and which of them have no metrics. Resolves with undefined for
 * those, and for an instance that has not answered yet; never rejects.
 */
export function createMetricsReader(
  answerWithinMs = ANSWER_WITHIN_MS,
): (instance: BoxInstance) => Promise<BoxMetrics | undefined> {
  const last = new WeakMap<BoxInstance, BoxMetrics | 'none'>();
  return async (instance) => {
    const known = last.get(instance);
    if (known === 'none' || instance.state !== 'ready') return known === 'none' ? undefined : known;
    const answer = await ask(instance.port, answerWithinMs);
    if (answer !== undefined) last.set(instance, answer);
    return answer === 'none' ? undefined : (answer ?? known);
  };
}

/** Of several lines of a name, one for each set of labels, counters are added up; of gauges the largest counts. */
export function parseMetrics(text: string): BoxMetrics {
  const metrics: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, name, digits] = LINE.exec(line.trim()) ?? [];
    const value = Number(digits);
    if (name === undefined || !Number.isFinite(value)) continue;
    const known = metrics[name];
    if (known === undefined) metrics[name] = value;
    else metrics[name] = name.endsWith('_total') ? known + value : Math.max(known, value);
  }
  return metrics;
}

/** `none`: there is no such path. Undefined: no answer, or none in time. */
async function ask(port: number, withinMs: number): Promise<BoxMetrics | 'none' | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(withinMs),
    });
    const text = await response.text();
    if (response.status === 404) return 'none';
    return response.ok && text.length <= MAX_BYTES ? parseMetrics(text) : undefined;
  } catch {
    return undefined;
  }
}
