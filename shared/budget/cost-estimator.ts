/** Corrects the cost that a route declares by what its requests were seen to take. */

export interface CostEstimate {
  readonly route: string;
  /** What the declared cost is multiplied with, margin included. */
  readonly factor: number;
  /** What the last request would have been charged. */
  readonly estimateBytes: number;
  /** The largest growth seen. */
  readonly peakBytes: number;
}

export interface CostEstimator {
  /** What to charge a request of this route. */
  estimate(route: string, declaredBytes: number): number;
  /** A request that was alone from its begin to its end grew the process by so much at its peak. */
  observe(route: string, declaredBytes: number, grownBytes: number): void;
  estimates(): CostEstimate[];
}

export interface CostEstimatorOptions {
  readonly marginFactor?: number;
  readonly floorBytes?: number;
  /** Routes beyond this many share one estimate under the name `other`. */
  readonly maxRoutes?: number;
}

interface RouteState {
  factor: number;
  estimateBytes: number;
  peakBytes: number;
  readonly recentRatios: number[];
}

const OTHER_ROUTES = 'other';
const RECENT_COUNT = 8;
/** Short peaks in native code may pass unseen between two readings, so less than half is never believed. */
const LEAST_FACTOR = 0.5;
/** A cost wrong by more than this is a fault in the route, and one odd request must not shut out all others. */
const MOST_FACTOR = 8;
/** Upwards at once, downwards by this part of the distance at each observation. */
const DECAY = 0.1;

export function createCostEstimator(options: CostEstimatorOptions = {}): CostEstimator {
  const { marginFactor = 1.25, floorBytes = 64 * 1024, maxRoutes = 64 } = options;
  const routes = new Map<string, RouteState>();
  const stateOf = (route: string): RouteState => {
    const name = routes.has(route) || routes.size < maxRoutes - 1 ? route : OTHER_ROUTES;
    const known = routes.get(name);
    if (known !== undefined) return known;
    const state: RouteState = { factor: 1, estimateBytes: 0, peakBytes: 0, recentRatios: [] };
    routes.set(name, state);
    return state;
  };
  return {
    estimate(route, declaredBytes) {
      const state = stateOf(route);
      state.estimateBytes = Math.ceil(
        Math.max(floorBytes, Math.max(floorBytes, declaredBytes) * state.factor),
      );
      return state.estimateBytes;
    },
    observe(route, declaredBytes, grownBytes) {
      const state = stateOf(route);
      state.peakBytes = Math.max(state.peakBytes, grownBytes);
      state.recentRatios.push(Math.max(0, grownBytes) / Math.max(1, floorBytes, declaredBytes));
      if (state.recentRatios.length > RECENT_COUNT) state.recentRatios.shift();
      const seen = secondLargest(state.recentRatios);
      if (seen === undefined) return;
      const target = Math.min(MOST_FACTOR, Math.max(LEAST_FACTOR, seen * marginFactor));
      state.factor = target > state.factor ? target : state.factor + DECAY * (target - state.factor);
    },
    estimates: () =>
      [...routes].map(([route, { factor, estimateBytes, peakBytes }]) => ({
        route,
        factor,
        estimateBytes,
        peakBytes,
      })),
  };
}

/** Not the largest: the one request that loads the model is no measure of those after it. */
function secondLargest(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => b - a)[1];
}
