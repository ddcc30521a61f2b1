/** Time as the budget sees it, so that tests can move it. */

export interface BudgetClock {
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  /** Runs `run` once after `ms`; the function given back cancels it. A pending call keeps no process alive. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: BudgetClock = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return () => clearTimeout(timer);
  },
};
