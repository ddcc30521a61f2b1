/** How pressed a box is for memory: levels entered at fractions of the limit and left a margin below them. */

export const PRESSURE_LEVELS = ['normal', 'shed', 'flush', 'stop', 'drain'] as const;
export type PressureLevel = (typeof PRESSURE_LEVELS)[number];

/** Fractions of the limit, rising. */
export interface ThresholdFractions {
  /** Caches give back. */
  readonly shed: number;
  /** Buffers are written out. */
  readonly flush: number;
  /** Nothing more is admitted while something runs. */
  readonly stop: number;
  /** The process ends, to be replaced. */
  readonly drain: number;
}

export const DEFAULT_THRESHOLDS: ThresholdFractions = { shed: 0.5, flush: 0.7, stop: 0.8, drain: 0.95 };

export interface PressureTransition {
  readonly from: PressureLevel;
  readonly to: PressureLevel;
  readonly heldBytes: number;
  readonly limitBytes: number;
}

export interface ThresholdOptions {
  readonly limitBytes: number;
  readonly fractions?: ThresholdFractions;
  /** A level is left when usage falls this fraction of the limit below where it was entered. */
  readonly marginFraction?: number;
  /** Called once for each change, with the level that was reached; levels in between are not told of. */
  readonly onTransition?: (transition: PressureTransition) => void;
}

export interface Thresholds {
  observe(heldBytes: number): PressureLevel;
  readonly level: PressureLevel;
}

/** Levels lie above it. */
export const DEFAULT_MARGIN_FRACTION = 0.05;

/** Fails with a RangeError on fractions that do not rise within 0 to 1, or a margin that does not fit below them. */
export function createThresholds(options: ThresholdOptions): Thresholds {
  const { limitBytes, fractions = DEFAULT_THRESHOLDS, marginFraction = DEFAULT_MARGIN_FRACTION } = options;
  const entries = [fractions.shed, fractions.flush, fractions.stop, fractions.drain];
  const rising = entries.every((entry, index) => entry > (entries[index - 1] ?? 0) && entry <= 1);
  if (!rising || marginFraction < 0 || marginFraction >= fractions.shed)
    throw new RangeError('thresholds must rise within 0 to 1 and lie above their margin');
  let rank = 0;
  const levelAt = (index: number): PressureLevel => PRESSURE_LEVELS[index] ?? 'normal';
  return {
    observe(heldBytes) {
      const used = heldBytes / limitBytes;
      const entered = entries.filter((entry) => used >= entry).length;
      const notLeft = entries.filter((entry) => used >= entry - marginFraction).length;
      const next = Math.max(entered, Math.min(rank, notLeft));
      if (next !== rank) {
        const from = levelAt(rank);
        rank = next;
        options.onTransition?.({ from, to: levelAt(next), heldBytes, limitBytes });
      }
      return levelAt(rank);
    },
    get level() {
      return levelAt(rank);
    },
  };
}

export function isAtLeast(level: PressureLevel, least: PressureLevel): boolean {
  return PRESSURE_LEVELS.indexOf(level) >= PRESSURE_LEVELS.indexOf(least);
}
