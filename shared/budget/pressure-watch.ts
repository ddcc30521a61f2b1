/** Reads the memory at each request and on a timer, and has given back what can be when the limit comes near. */

import type { BudgetCounts } from './budget-metrics.ts';
import type { BudgetOptions } from './budget-options.ts';
import { createReleaseHooks, type ReleaseHook } from './release-hooks.ts';
import { createThresholds, DEFAULT_THRESHOLDS, isAtLeast, type PressureLevel } from './thresholds.ts';

export interface PressureWatchOptions
  extends Pick<BudgetOptions, 'limit' | 'gauge' | 'thresholds' | 'onTransition' | 'onReleased'> {
  readonly clock: NonNullable<BudgetOptions['clock']>;
  readonly count: (name: keyof BudgetCounts, by?: number) => void;
  /** After each reading. */
  readonly onSample: (heldBytes: number, level: PressureLevel) => void;
}

export interface PressureWatch {
  readonly level: PressureLevel;
  /** Reads, acts, and says what was held. */
  sample(): number;
  register(hook: ReleaseHook): () => void;
  close(): void;
}

const SAMPLE_EVERY_MS = 50;
/** While the pressure lasts, caches that have filled again are asked again. */
const RELEASE_EVERY_MS = 1_000;

export function createPressureWatch(options: PressureWatchOptions): PressureWatch {
  const { limit, gauge, clock, count } = options;
  const hooks = createReleaseHooks((release) => {
    count(release.error === undefined ? 'releases' : 'failedReleases');
    count('releasedBytes', release.bytes);
    options.onReleased?.(release);
  });
  const thresholds = createThresholds({
    limitBytes: limit.limitBytes,
    fractions: options.thresholds ?? DEFAULT_THRESHOLDS,
    onTransition(transition) {
      count('transitions');
      options.onTransition?.(transition);
    },
  });
  let releasedAtMs = Number.NEGATIVE_INFINITY;
  const sample = (): number => {
    const heldBytes = gauge.heldBytes();
    const before = thresholds.level;
    const level = thresholds.observe(heldBytes);
    const rises = level !== before && isAtLeast(level, before);
    if (isAtLeast(level, 'shed') && (rises || clock.nowMs() - releasedAtMs >= RELEASE_EVERY_MS)) {
      releasedAtMs = clock.nowMs();
      hooks.release(level);
    }
    options.onSample(heldBytes, level);
    return heldBytes;
  };
  let cancel = () => {};
  const next = (): void => {
    cancel = clock.after(SAMPLE_EVERY_MS, () => {
      next();
      sample();
    });
  };
  next();
  return {
    get level() {
      return thresholds.level;
    },
    sample,
    register: (hook) => hooks.register(hook),
    close: () => cancel(),
  };
}
