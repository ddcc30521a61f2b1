/** Lays a subject's stays and studies out in time such that it is known which stay each study belongs to. */

import type { Random } from '../random.ts';
import { DAY_S, HOUR_S } from './clock.ts';
import type { Outcome } from './table-counts.ts';

/** The default of the join, ± this much. */
const WINDOW_S = 24 * HOUR_S;
/** Between the first arrivals of two clusters: more than a cluster's length and twice the window. */
const CLUSTER_DISTANCE_S = 12 * DAY_S;
const MAX_GAP_S = 200 * DAY_S;
const MAX_SPAN_S = 15 * 365 * DAY_S;
/** Arrivals within this many stays of each other compete for the same studies. */
const MAX_CLUSTER_STAYS = 3;

export interface PlacedStay {
  readonly stayId: number;
  readonly inS: number;
  readonly outS: number;
}

export interface PlacedStudy {
  readonly outcome: Outcome;
  readonly timeS: number;
  /** The stay it belongs to by time. */
  readonly stay?: PlacedStay;
}

interface Cluster {
  /** By arrival. */
  readonly stays: PlacedStay[];
  readonly size: number;
}

export interface Timeline {
  readonly stays: readonly PlacedStay[];
  readonly studies: readonly PlacedStudy[];
}

/** @param stayIds one for each stay. */
export function layTimeline(
  random: Random,
  startS: number,
  stayIds: readonly number[],
  outcomes: readonly Outcome[],
): Timeline {
  const clusters = cutIntoClusters(random, stayIds.length);
  const alone = outcomes.filter(
    (outcome) => outcome === 'no-stay' || (outcome === 'outside-window' && random.chance(0.65)),
  );
  const slots = shuffled(random, [...clusters, ...alone]);
  const gapS = Math.min(MAX_GAP_S, MAX_SPAN_S / (slots.length + 1));
  const ids = stayIds.values();
  const studies: PlacedStudy[] = [];
  let timeS = startS;
  for (const slot of slots) {
    timeS += CLUSTER_DISTANCE_S + Math.floor(random.uniform(0, gapS));
    if (typeof slot === 'string') studies.push({ outcome: slot, timeS });
    else placeStays(random, timeS, slot, ids);
  }
  const others = withoutEach(outcomes, alone);
  for (const outcome of others) studies.push(placeStudy(random, startS, clusters, outcome));
  return { stays: clusters.flatMap(({ stays }) => stays), studies };
}

function cutIntoClusters(random: Random, stays: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (let left = stays; left > 0; ) {
    let size = 1;
    while (size < Math.min(left, MAX_CLUSTER_STAYS) && random.chance(0.12)) size += 1;
    clusters.push({ stays: [], size });
    left -= size;
  }
  return clusters;
}

function placeStays(random: Random, firstS: number, { stays, size }: Cluster, ids: Iterator<number>): void {
  let inS = firstS;
  for (let index = 0; index < size; index += 1) {
    // Even, so that there is a second half way.
    const gapS = 2 * random.integer(HOUR_S, 15 * HOUR_S);
    const lengthS = Math.floor(HOUR_S * Math.min(40, Math.max(0.5, random.normal(7, 4))));
    const outS = inS + (index < size - 1 ? Math.min(lengthS, gapS) : lengthS);
    const { value: stayId } = ids.next();
    stays.push({ stayId, inS, outS });
    inS += gapS;
  }
}

function placeStudy(
  random: Random,
  startS: number,
  clusters: readonly Cluster[],
  outcome: Outcome,
): PlacedStudy {
  const stays = clusters[random.integer(0, clusters.length - 1)]?.stays ?? [];
  if (stays.length === 0) return { outcome, timeS: startS };
  if (outcome === 'outside-window') return { outcome, timeS: justOutside(random, stays) };
  if (stays.length > 1 && random.chance(0.15)) return { outcome, ...halfWay(random, stays) };
  return { outcome, ...near(random, stays) };
}

/** Two days at most, and often a second. */
function justOutside(random: Random, stays: readonly PlacedStay[]): number {
  const beyondS = WINDOW_S + (random.chance(0.1) ? 1 : random.integer(1, 2 * DAY_S));
  const first = stays[0]?.inS ?? 0;
  return random.chance(0.5) ? first - beyondS : (stays.at(-1)?.inS ?? first) + beyondS;
}

/** As far from one arrival as from the next: the smaller identifier has it. */
function halfWay(random: Random, stays: readonly PlacedStay[]): { timeS: number; stay?: PlacedStay } {
  const index = random.integer(0, stays.length - 2);
  const [a, b] = [stays[index], stays[index + 1]];
  if (a === undefined || b === undefined) return near(random, stays);
  return { timeS: (a.inS + b.inS) / 2, stay: a.stayId < b.stayId ? a : b };
}

/** Nearer to one arrival than to any other. */
function near(random: Random, stays: readonly PlacedStay[]): { timeS: number; stay?: PlacedStay } {
  const index = random.integer(0, stays.length - 1);
  const stay = stays[index];
  if (stay === undefined) return { timeS: 0 };
  const reach = (other: PlacedStay | undefined) =>
    other === undefined ? WINDOW_S : Math.min(WINDOW_S, Math.abs(other.inS - stay.inS) / 2 - 1);
  const beforeS = reach(stays[index - 1]);
  const afterS = reach(stays[index + 1]);
  const usualS = random.chance(0.12)
    ? -random.integer(0, Math.min(beforeS, 6 * HOUR_S))
    : random.integer(0, Math.min(afterS, random.chance(0.1) ? WINDOW_S : 8 * HOUR_S));
  // Its very edge still counts.
  const offsetS = random.chance(0.03) ? random.pick([-beforeS, afterS]) : usualS;
  return { timeS: stay.inS + offsetS, stay };
}

function shuffled<T>(random: Random, items: T[]): T[] {
  const keyed = items.map((item) => ({ item, key: random.next() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** One less for each in `taken`. */
function withoutEach(outcomes: readonly Outcome[], taken: readonly Outcome[]): Outcome[] {
  const left = [...taken];
  return outcomes.filter((outcome) => {
    const at = left.indexOf(outcome);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
