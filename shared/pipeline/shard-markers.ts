/** What the shard stage leaves for the combine stage: markers that name every part by its exact generation. */

import * as z from 'zod';
import type { FanIn } from './fan-in.ts';
import { markerFolder } from './object-names.ts';
import { type Plan, runOf } from './plan-document.ts';

const count = z.int().min(0);

const partSchema = z.strictObject({
  name: z.string(),
  generation: z.string().regex(/^\d+$/),
  sizeBytes: count,
  crc32c: z.string(),
  records: count.min(1),
});

const perSplit = { train: count, val: count, test: count };
const countsSchema = z.strictObject({ ...perSplit, failed: count });
/** How many tars each split will have. */
const tarsSchema = z.strictObject(perSplit);

/** The marker of one shard; the last thing a shard task writes. */
export const shardMarkerSchema = z.strictObject({
  counts: countsSchema,
  train: partSchema.optional(),
  val: partSchema.optional(),
  test: partSchema.optional(),
  failures: partSchema.optional(),
  /** See dataset-row.ts: one for each record of the three. */
  rows: partSchema.optional(),
});

/** The marker of the shards that make one tar of each split: their parts in shard order. */
export const tarGroupSchema = z.strictObject({
  counts: countsSchema,
  tars: tarsSchema,
  train: z.array(partSchema),
  val: z.array(partSchema),
  test: z.array(partSchema),
  failures: z.array(partSchema),
  rows: z.array(partSchema),
});

/** Higher up only the sums are kept. */
export const shardTotalsSchema = z.object({ counts: countsSchema, tars: tarsSchema });

export type Part = z.infer<typeof partSchema>;

/** Every part that a shard may leave. */
export const PART_KINDS = ['train', 'val', 'test', 'failures', 'rows'] as const;
export type PartKind = (typeof PART_KINDS)[number];
export type ShardCounts = z.infer<typeof countsSchema>;
export type ShardTotals = z.infer<typeof shardTotalsSchema>;
export type ShardMarker = z.infer<typeof shardMarkerSchema>;
export type TarGroup = z.infer<typeof tarGroupSchema>;

/** The shard stage as a fan-in tree. Its level 1 is the tar groups. */
export function shardFanIn(plan: Plan): FanIn {
  return {
    folder: `${markerFolder(runOf(plan))}shard/`,
    leaves: plan.shards,
    firstGroup: plan.job.partsPerTar,
    merge: (level, children) => (level === 1 ? mergeShards(children) : mergeTotals(children)),
  };
}

/** How many tars there are of all splits together. */
export function tarCount({ tars }: ShardTotals): number {
  return tars.train + tars.val + tars.test;
}

/** The parts that a marker names. */
export function partsOf(marker: ShardMarker): Part[] {
  return PART_KINDS.flatMap((kind) => marker[kind] ?? []);
}

function mergeShards(children: readonly unknown[]): TarGroup {
  const shards = children.map((child) => shardMarkerSchema.parse(child));
  const inOrder = (kind: PartKind) => shards.flatMap((shard) => shard[kind] ?? []);
  const train = inOrder('train');
  const val = inOrder('val');
  const test = inOrder('test');
  return {
    counts: sum(
      ['train', 'val', 'test', 'failed'],
      shards.map(({ counts }) => counts),
    ),
    tars: { train: train.length > 0 ? 1 : 0, val: val.length > 0 ? 1 : 0, test: test.length > 0 ? 1 : 0 },
    train,
    val,
    test,
    failures: inOrder('failures'),
    rows: inOrder('rows'),
  };
}

function mergeTotals(children: readonly unknown[]): ShardTotals {
  const totals = children.map((child) => shardTotalsSchema.parse(child));
  return {
    counts: sum(
      ['train', 'val', 'test', 'failed'],
      totals.map(({ counts }) => counts),
    ),
    tars: sum(
      ['train', 'val', 'test'],
      totals.map(({ tars }) => tars),
    ),
  };
}

function sum<Key extends string>(
  keys: readonly Key[],
  addends: readonly Record<Key, number>[],
): Record<Key, number> {
  const total = (key: Key) => addends.reduce((soFar, addend) => soFar + addend[key], 0);
  return Object.fromEntries(keys.map((key) => [key, total(key)])) as Record<Key, number>;
}
