/** One trial: a function under one memory limit, with so many requests at once. */

export interface Trial {
  readonly limitMiB: number;
  readonly clients: number;
  /** `killed`: over its limit. `failed`: anything else than all requests answered well. */
  readonly outcome: 'holds' | 'killed' | 'failed';
  /** One line, for those that do not hold. */
  readonly reason?: string | undefined;
  /** The most that the process had resident. */
  readonly peakMiB: number;
  readonly requests: number;
  /** Time in which at least one request was in work: what Cloud Run bills. */
  readonly busyMs: number;
  /** Requests that were in work at once, at most. */
  readonly mostInWork: number;
}

/** Starts the function anew under that limit and runs its sample requests. Throws when the samples themselves fail to be had. */
export type TryAt = (limitMiB: number, clients: number) => Promise<Trial>;
