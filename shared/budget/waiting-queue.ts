/** Who may go next: first come, first served, but a small one may pass a large one that does not fit, a few times. */

export interface Waiter {
  readonly costBytes: number;
  /** How many that came later went before this one. */
  overtakenTimes: number;
  readonly start: () => void;
}

export interface WaitingQueue<W extends Waiter> {
  readonly size: number;
  push(waiter: W): void;
  /** False when it was not waiting. */
  remove(waiter: W): boolean;
  /** Takes out the next that fits; undefined when none may go. */
  takeNext(fits: (costBytes: number) => boolean): W | undefined;
  /** Takes out all. */
  takeAll(): W[];
}

/** Once this many have passed a waiter, all behind it wait until it fits: so nobody starves. */
export function createWaitingQueue<W extends Waiter>(maxOvertakes: number): WaitingQueue<W> {
  const waiters = new Set<W>();
  return {
    get size() {
      return waiters.size;
    },
    push: (waiter) => void waiters.add(waiter),
    remove: (waiter) => waiters.delete(waiter),
    takeNext(fits) {
      const passed: W[] = [];
      for (const waiter of waiters) {
        if (fits(waiter.costBytes)) {
          for (const earlier of passed) earlier.overtakenTimes++;
          waiters.delete(waiter);
          return waiter;
        }
        if (waiter.overtakenTimes >= maxOvertakes) return undefined;
        passed.push(waiter);
      }
      return undefined;
    },
    takeAll() {
      const all = [...waiters];
      waiters.clear();
      return all;
    },
  };
}
