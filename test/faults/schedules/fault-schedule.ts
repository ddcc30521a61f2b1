/** What goes wrong in one run of the pipeline, as data: drawn from a number, printed when a run fails, and run again. */

import { createDraw, type Draw } from '../../fixtures/tables/random-tables.ts';

const DELIVERY_KINDS = ['duplicate', 'delay', 'reorder'] as const;
const CREATE_KINDS = ['status-412', 'disk-full'] as const;
const ANY_KINDS = [
  'drop-answer',
  'status-429',
  'status-503',
  'status-500',
  'kill-at-step',
  'deadline-passed',
] as const;
export const FAULT_KINDS = [...DELIVERY_KINDS, ...ANY_KINDS, ...CREATE_KINDS, 'cut-at-byte'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A box and the path of its task: `shard/shards`; `plan/events/storage` is the event of job.json. */
export type Step = string;
export type Operation = 'deliver' | 'enqueue' | 'create' | 'compose' | 'read' | 'list' | 'stat' | 'delete';

export interface FaultPoint {
  readonly step: Step;
  readonly operation: Operation;
  /** Which of these operations of this step, over all its workers, from 1. */
  readonly nth: number;
}

export interface Fault {
  readonly at: FaultPoint;
  readonly kind: FaultKind;
  /**
   * cut-at-byte: the bytes that still pass. disk-full: how many creates fail after this one. deadline-passed: the operations of others
   * before the late worker goes on. duplicate: the deliveries before the copy (0 = at the same time), delay: before this
   * one. reorder: which of the waiting tasks comes instead, those scheduled for later included.
   */
  readonly amount: number;
  /** kill-at-step: whether the operation takes place. Its answer is never heard. */
  readonly done: boolean;
}

export interface FaultSchedule {
  readonly seed: number;
  readonly faults: readonly Fault[];
}

/** How often each operation of each step takes place when nothing goes wrong. */
export type Profile = ReadonlyMap<Step, ReadonlyMap<Operation, number>>;

export interface Place {
  readonly kind: FaultKind;
  readonly step: Step;
}

const FAULTS_A_SCHEDULE = 12;
/** Most operations read, and a fault does most harm where something is written. */
const WRITES: readonly Operation[] = ['create', 'compose', 'enqueue', 'delete'];
const WRITE_WEIGHT = 3;
const AMOUNTS: Readonly<Partial<Record<FaultKind, number>>> = {
  'cut-at-byte': 1500,
  'deadline-passed': 250,
  'disk-full': 5,
};
const DEFAULT_AMOUNT = 8;

/**
 * The faults of `seed`. Kinds and steps go round, so that a few dozen neighbouring numbers have each kind at each step;
 * the rest is chance.
 */
export function drawSchedule(seed: number, profile: Profile): FaultSchedule {
  const places = shuffled(placesOf(profile));
  const draw = createDraw(seed);
  // Its first numbers tell neighbouring seeds badly apart.
  for (let i = 0; i < 8; i++) draw.number(2);
  const faults = Array.from({ length: FAULTS_A_SCHEDULE }, (_, i) => {
    const place = places[(seed * FAULTS_A_SCHEDULE + i) % places.length];
    if (place === undefined) throw new Error('nothing to disturb');
    return drawFault(draw, place, profile);
  });
  return { seed, faults };
}

/** Every kind of fault at every step that has an operation for it. */
export function placesOf(profile: Profile): Place[] {
  return [...profile.keys()].flatMap((step) =>
    FAULT_KINDS.filter((kind) => operationsOf(profile, { kind, step }).length > 0).map((kind) => ({
      kind,
      step,
    })),
  );
}

/** Always in the same way: the faults of one schedule are spread over the steps. */
function shuffled(places: readonly Place[]): Place[] {
  const left = [...places];
  const draw = createDraw(2026);
  return places.flatMap(() => left.splice(draw.number(left.length), 1));
}

function drawFault(draw: Draw, place: Place, profile: Profile): Fault {
  const operations = operationsOf(profile, place);
  const operation = draw.of(
    operations.flatMap((of) => Array<Operation>(WRITES.includes(of) ? WRITE_WEIGHT : 1).fill(of)),
  );
  const count = profile.get(place.step)?.get(operation) ?? 1;
  return {
    at: { step: place.step, operation, nth: 1 + draw.number(count) },
    kind: place.kind,
    amount: draw.number(AMOUNTS[place.kind] ?? DEFAULT_AMOUNT),
    done: draw.once(2),
  };
}

function operationsOf(profile: Profile, { kind, step }: Place): Operation[] {
  return [...(profile.get(step)?.keys() ?? [])].filter((operation) => mayMeet(kind, operation));
}

function mayMeet(kind: FaultKind, operation: Operation): boolean {
  if (isOneOf(DELIVERY_KINDS, kind)) return operation === 'deliver';
  if (isOneOf(CREATE_KINDS, kind)) return operation === 'create' || operation === 'compose';
  if (kind === 'cut-at-byte') return operation === 'create' || operation === 'read';
  return operation !== 'deliver';
}

function isOneOf<Kind extends FaultKind>(kinds: readonly Kind[], kind: FaultKind): kind is Kind {
  return (kinds as readonly FaultKind[]).includes(kind);
}
