/** How long a box that keeps dying must wait before it is started again. */

const FIRST_MS = 250;
const MOST_MS = 10_000;

/** A single death costs nothing; from the second in a row on, the wait doubles. */
export class RestartBackoff {
  readonly #now: () => number;
  #failures = 0;
  #notBefore = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  failed(): void {
    this.#failures += 1;
    if (this.#failures > 1)
      this.#notBefore = this.#now() + Math.min(MOST_MS, FIRST_MS * 2 ** (this.#failures - 2));
  }

  /** To be called when the box has done something well. */
  reset(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  remainingMs(): number {
    return Math.max(0, this.#notBefore - this.#now());
  }
}
