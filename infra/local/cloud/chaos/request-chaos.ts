/** Which requests a schedule disturbs, and for how long: every request is served in the end, and every task may end. */

import { compileObjectPattern } from '../events/object-pattern.ts';
import type { Operation, RequestFaultRule } from './chaos-schedule.ts';
import type { DisturbedCall } from './disturbed-call.ts';
import type { Draw } from './draw.ts';

export type RequestFaultKind = RequestFaultRule['kind'];

/** A fault that meets a request. `chance`: from 0 up to and without 1, for what the rule leaves open. */
export interface Strike {
  readonly rule: RequestFaultRule;
  readonly chance: number;
}

/**
 * How often one request may meet a fault, repeats counted: clients ask four times, so the next time it is served. A task
 * that ends with a fault is begun anew by its queue, and gets past it at the third time.
 */
export const CALM_REPEAT = 2;

/** Requests of which it is known how often they came: the oldest are forgotten. */
const KNOWN_LIMIT = 20_000;

/** Of jobs, but for what a user sends: not all of that is sent again. */
const OF_JOBS = /^jobs\/(?!.*job\.json)/s;

const WRITES: ReadonlySet<Operation> = new Set(['create', 'compose', 'enqueue']);

/** The operations of a kind where its rule names none; absent = all of them. */
const OPERATIONS_OF: Readonly<Partial<Record<RequestFaultKind, ReadonlySet<Operation>>>> = {
  'cut-upload': new Set(['create', 'compose']),
  'cut-download': new Set(['read']),
  'done-but-412': new Set(['create', 'compose']),
  'full-disk': WRITES,
};

export interface RequestChaos {
  /** To be called once for each request, in the order in which they come. */
  next(call: DisturbedCall): Strike | undefined;
}

/** @param canKill whether `kill-caller` can be done; where not, its rules meet nothing. */
export function createRequestChaos(
  schedule: readonly RequestFaultRule[],
  draw: Draw,
  canKill: boolean,
): RequestChaos {
  const rules = schedule.filter(({ kind }) => canKill || kind !== 'kill-caller').map(inForce);
  const repeats = createRepeats();
  let full: { readonly one: RuleInForce; left: number } | undefined;

  /** The rule that the chance, or the number of the call, falls to. */
  function meantFor(call: DisturbedCall, chance: number): Meant | undefined {
    let left = chance;
    let meant: Meant | undefined;
    for (const one of rules) {
      if (!one.matches(call)) continue;
      one.matched += 1;
      const { share = 0, nth } = one.rule;
      const isMeant = nth?.includes(one.matched) ?? (left >= 0 && left < share);
      if (isMeant) meant ??= { one, chance: nth === undefined ? left / share : chance };
      left -= share;
    }
    return meant;
  }

  /** @param isCalm whether the request has met enough: then it is counted, and left alone. */
  function strike(call: DisturbedCall, chance: number, isCalm: boolean): Strike | undefined {
    const meant = meantFor(call, chance);
    if (full?.one.matches(call) === true) {
      const { one, left } = full;
      full = left > 1 ? { one, left: left - 1 } : undefined;
      return isCalm ? undefined : { rule: one.rule, chance };
    }
    if (meant === undefined || isCalm) return undefined;
    const { one } = meant;
    const { rule } = one;
    const before = one.struck.get(call.scope) ?? 0;
    if (before >= rule.most) return undefined;
    one.struck.set(call.scope, before + 1);
    if (rule.kind === 'full-disk' && rule.requests > 1) full = { one, left: rule.requests - 1 };
    return { rule, chance: meant.chance };
  }

  return {
    next(call) {
      const repeat = repeats.of(call.identity);
      repeat.seen += 1;
      const isCalm = repeat.struck >= CALM_REPEAT;
      const found = strike(call, draw(`request/${call.identity}/${repeat.seen}`), isCalm);
      if (found !== undefined) repeat.struck += 1;
      return found;
    },
  };
}

interface Meant {
  readonly one: RuleInForce;
  readonly chance: number;
}

interface RuleInForce {
  readonly rule: RequestFaultRule;
  readonly matches: (call: DisturbedCall) => boolean;
  /** How many calls it might have met. */
  matched: number;
  /** How often it met one, by scope. */
  readonly struck: Map<string, number>;
}

function inForce(rule: RequestFaultRule): RuleInForce {
  const named = rule.on === undefined ? undefined : new Set(rule.on);
  const able = OPERATIONS_OF[rule.kind];
  const pattern = rule.objects === undefined ? undefined : compileObjectPattern(rule.objects);
  return {
    rule,
    matched: 0,
    struck: new Map(),
    matches({ operation, name, isConditional }) {
      if (named?.has(operation) === false || able?.has(operation) === false) return false;
      if (rule.kind === 'done-but-412' && !isConditional) return false;
      if (operation === 'enqueue') return pattern === undefined;
      return pattern?.(name) ?? OF_JOBS.test(name);
    },
  };
}

interface Repeat {
  /** How often the request came. */
  seen: number;
  /** How often a fault met it. */
  struck: number;
}

function createRepeats() {
  const known = new Map<string, Repeat>();
  return {
    of(identity: string): Repeat {
      const repeat = known.get(identity) ?? { seen: 0, struck: 0 };
      // Behind the others, so that those that come no more are forgotten first.
      known.delete(identity);
      known.set(identity, repeat);
      const [oldest] = known.keys();
      if (known.size > KNOWN_LIMIT && oldest !== undefined) known.delete(oldest);
      return repeat;
    },
  };
}
