/** The faults of one run while it runs: counts what each step does, and says which faults that meets. */

import type { Fault, FaultPoint, FaultSchedule, Operation, Place, Profile, Step } from './fault-schedule.ts';

interface Held {
  operationsLeft: number;
  release(): void;
}

export class Disturbance {
  readonly #counts = new Map<Step, Map<Operation, number>>();
  readonly #waiting: Set<Fault>;
  readonly #held = new Set<Held>();
  /** Where faults were met. */
  readonly met: Place[] = [];
  #createsToFail = 0;

  constructor({ faults }: Pick<FaultSchedule, 'faults'>) {
    this.#waiting = new Set(faults);
  }

  get profile(): Profile {
    return this.#counts;
  }

  /** Counts one operation. At most one fault meets it. */
  next(step: Step, operation: Operation): Fault | undefined {
    this.#letOthersOn();
    const counts = this.#counts.get(step) ?? new Map<Operation, number>();
    this.#counts.set(step, counts);
    const nth = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, nth);
    const fault = this.#waiting.values().find(({ at }) => isAt(at, { step, operation, nth }));
    if (fault === undefined) return undefined;
    this.#waiting.delete(fault);
    this.met.push({ kind: fault.kind, step });
    return fault;
  }

  fillDisk(creates: number): void {
    this.#createsToFail += creates;
  }

  /** True for as many creates, of any step, as the disk is full for. */
  isDiskFull(): boolean {
    if (this.#createsToFail === 0) return false;
    this.#createsToFail -= 1;
    return true;
  }

  /** Waits for so many operations of any step, or for `releaseAll`. */
  hold(operations: number): Promise<void> {
    return new Promise((resolve) => {
      const held = {
        operationsLeft: operations,
        release: () => {
          this.#held.delete(held);
          resolve();
        },
      };
      this.#held.add(held);
    });
  }

  releaseAll(): void {
    for (const held of this.#held) held.release();
  }

  #letOthersOn(): void {
    for (const held of this.#held) {
      held.operationsLeft -= 1;
      if (held.operationsLeft <= 0) held.release();
    }
  }
}

/** A fault whose operation was passed over by a fault at the same point meets the next one. */
function isAt(at: FaultPoint, now: FaultPoint): boolean {
  return at.step === now.step && at.operation === now.operation && at.nth <= now.nth;
}
