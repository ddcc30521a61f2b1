/** Requests that wait for a place in a box: first come, first served, not too many and not too long. */

import { HttpProblem } from '../../../shared/http/problem.ts';

export interface WaitingLineOptions {
  readonly maxWaiting: number;
  readonly waitMs: number;
}

interface Waiting<Place> {
  readonly serve: (place: Place) => void;
  readonly refuse: (error: unknown) => void;
}

export class WaitingLine<Place> {
  readonly #options: WaitingLineOptions;
  readonly #waiting = new Set<Waiting<Place>>();

  constructor(options: WaitingLineOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /** Rejects with HttpProblem 429 when the line is too long or moves too slowly, with the signal's reason when it aborts. */
  join(signal: AbortSignal): Promise<Place> {
    const { maxWaiting, waitMs } = this.#options;
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#waiting.size >= maxWaiting)
      return Promise.reject(noPlace(`${maxWaiting} requests are waiting already`));
    return new Promise((resolve, reject) => {
      const leave = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#waiting.delete(waiting);
      };
      const waiting: Waiting<Place> = {
        serve: (place) => {
          leave();
          resolve(place);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const onAbort = () => waiting.refuse(signal.reason);
      const timer = setTimeout(
        () => waiting.refuse(noPlace(`no instance was free within ${waitMs} ms`)),
        waitMs,
      );
      signal.addEventListener('abort', onAbort);
      this.#waiting.add(waiting);
    });
  }

  /** Gives a place to who has waited longest; nothing is made when nobody waits. */
  serveFirst(makePlace: () => Place): void {
    const [first] = this.#waiting;
    first?.serve(makePlace());
  }

  refuseAll(error: unknown): void {
    for (const waiting of [...this.#waiting]) waiting.refuse(error);
  }
}

function noPlace(detail: string): HttpProblem {
  return new HttpProblem(429, 'no-instance-free', 'No instance free', {
    detail,
    headers: { 'retry-after': '1' },
  });
}
