/** What an admitted request holds of the budget until it gives it back. */

export interface LeaseTerms {
  /** What it is charged. */
  readonly costBytes: number;
  readonly waitedMs: number;
  /** Whether nothing else ran when it began. */
  readonly begunAlone: boolean;
}

export interface Lease extends LeaseTerms, Disposable {
  /** Gives the bytes back; a second call does nothing. */
  release(): void;
}

export function createLease({ costBytes, waitedMs, begunAlone }: LeaseTerms, onRelease: () => void): Lease {
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    onRelease();
  };
  return { costBytes, waitedMs, begunAlone, release, [Symbol.dispose]: release };
}
