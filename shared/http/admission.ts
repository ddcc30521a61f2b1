/** Lets a request begin when its box has room for it: routes state what a request takes at its peak, the budget decides. */

import type { Context, MiddlewareHandler } from 'hono';

/** What routes need of a memory budget. */
export interface Admits {
  /**
   * Waits for room; what it gives is disposed of when the request has ended. Rejects with HttpProblem 413 where the box
   * can never hold so much, RetryableError ('overloaded') where there is no room in time.
   */
  admit(request: {
    /** A route's pattern, never a path with values in it. */
    readonly route: string;
    readonly costBytes: number;
    readonly deadlineMs?: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Disposable>;
}

/** What a request takes beside the idle box: so much, and so many times its body. */
export interface RequestCost {
  readonly fixedBytes: number;
  readonly timesBody: number;
  /** The longest body that the route reads: taken for one whose length is not announced. */
  readonly maxBodyBytes: number;
}

/** In the environment of a request that the app sends to itself within an admitted one. */
export const ADMITTED = { pillboxAdmitted: true } as const;

export function requestCostBytes(request: Request, cost: RequestCost): number {
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  const bodyBytes = Number.isNaN(announced) ? cost.maxBodyBytes : Math.min(announced, cost.maxBodyBytes);
  return cost.fixedBytes + cost.timesBody * bodyBytes;
}

/** Holds the handlers after it within the budget; without one, as at the edge, all are let in. */
export function admitted(budget: Admits | undefined, route: string, cost: RequestCost): MiddlewareHandler {
  return async (c, next) => {
    if (budget === undefined || isWithinAdmitted(c)) return await next();
    const { signal } = c.req.raw;
    using _ = await budget.admit({ route, costBytes: requestCostBytes(c.req.raw, cost), signal });
    await next();
  };
}

function isWithinAdmitted(c: Context): boolean {
  return (c.env as Partial<typeof ADMITTED> | undefined)?.pillboxAdmitted === true;
}
