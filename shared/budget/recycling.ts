/** Says once that a process should be replaced: after so many requests, or when what it keeps grows and grows. */

export type RecycleReason = 'requests' | 'drift';

export interface RecyclingOptions {
  /** Absent means never for their number. */
  readonly afterRequests?: number | undefined;
  /** Spread, so that instances begun together do not end together. */
  readonly jitterRequests?: number;
  /** How far the floor may rise above that of the first full window; absent means never for drift. */
  readonly driftBytes?: number | undefined;
  /** What the process is known to hold with all loaded that it loads on first use: up to there nothing has drifted. */
  readonly expectedBytes?: number | undefined;
  readonly random?: () => number;
  readonly onDue: (reason: RecycleReason) => void;
}

export interface Recycling {
  /** To be called at each request's end with what the process holds then. */
  ended(heldBytes: number): void;
  readonly due: RecycleReason | undefined;
}

/**
 * The floor is the least held at the end of any request in a window: what is held at one end may be garbage that V8
 * has not yet collected.
 */
const WINDOW_REQUESTS = 100;
/** They fill caches and compile code: a service of rows alone grows by 25 MiB between its 400th and 600th request. */
const WARM_UP_WINDOWS = 10;
/** So many floors in a row must lie above the margin. */
const DRIFT_WINDOWS = 3;

export function createRecycling(options: RecyclingOptions): Recycling {
  const { afterRequests, jitterRequests = 0, driftBytes, random = Math.random, onDue } = options;
  const expectedBytes = options.expectedBytes ?? 0;
  const spread = Math.round((2 * random() - 1) * jitterRequests);
  const lastRequest = afterRequests === undefined ? Infinity : Math.max(1, afterRequests + spread);
  const state = { requests: 0, floorBytes: Infinity, firstFloorBytes: Infinity, windows: 0, above: 0 };
  let due: RecycleReason | undefined;
  const tell = (reason: RecycleReason): void => {
    if (due !== undefined) return;
    due = reason;
    onDue(reason);
  };
  const endWindow = (): void => {
    state.windows++;
    if (state.windows === WARM_UP_WINDOWS + 1)
      state.firstFloorBytes = Math.max(expectedBytes, state.floorBytes);
    const drifts = driftBytes !== undefined && state.floorBytes - state.firstFloorBytes > driftBytes;
    state.above = drifts ? state.above + 1 : 0;
    state.floorBytes = Infinity;
    if (state.above >= DRIFT_WINDOWS) tell('drift');
  };
  return {
    ended(heldBytes) {
      state.requests++;
      state.floorBytes = Math.min(state.floorBytes, heldBytes);
      if (state.requests % WINDOW_REQUESTS === 0) endWindow();
      if (state.requests >= lastRequest) tell('requests');
    },
    get due() {
      return due;
    },
  };
}
