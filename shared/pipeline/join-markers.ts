/** What the tasks of a join leave for those after them: spills by exact generation, parts of the manifest, and counts. */

import * as z from 'zod';
import type { ObjectStore } from '../storage/object-store.ts';
import type { FanIn } from './fan-in.ts';
import { type JoinPlan, SCANS } from './join-plan.ts';
import { readJson } from './json-objects.ts';
import { type JobRun, joinedName, markerFolder } from './object-names.ts';
import { pinnedSchema } from './plan-document.ts';

/** The scans are fewer than the children of one marker, so all of them are in the root. */
const SCAN_GROUP = 32;
const PARTITION_GROUP = 32;
const JOINED_LIMIT_BYTES = 64 * 1024;

const count = z.int().min(0);

const pieceSchema = z.strictObject({
  name: z.string(),
  generation: z.string().regex(/^\d+$/),
  sizeBytes: count,
  crc32c: z.string(),
});

/** By a dotted name, such as `triage.sbp.implausible`: all are added up in the same way. */
const countsSchema = z.record(z.string(), count);

/** The marker of one scan. */
export const scanMarkerSchema = z.strictObject({
  scan: z.enum(SCANS),
  /** Rows after the header, bad ones included; of a listing, the objects. */
  rows: count,
  /** Rows that have too few or too many fields, or an id that cannot be used. */
  badRows: count,
  /** The same by what is wrong: `fields`, or the column of the first such id. Absent in what older versions wrote. */
  badRowCauses: countsSchema.default({}),
  /** Where the first of them end, from 1. */
  badLines: z.array(count),
  /** Fields with bytes that are not UTF-8, which were replaced. */
  replacedFields: count,
  /** Of cells that are missing or cannot be right. */
  counts: countsSchema,
  spills: z.array(pieceSchema),
});

export const scansSchema = z.strictObject({ scans: z.array(scanMarkerSchema) });

/** The marker of one partition; the parts are absent where they would be empty. */
export const partitionMarkerSchema = z.strictObject({
  counts: countsSchema,
  manifest: pieceSchema.optional(),
  unmatched: pieceSchema.optional(),
});

/** The marker over a group of partitions, their parts in order. */
export const partitionGroupSchema = z.strictObject({
  counts: countsSchema,
  manifest: z.array(pieceSchema),
  unmatched: z.array(pieceSchema),
});

/** Higher up only the sums are kept. */
export const joinTotalsSchema = z.object({ counts: countsSchema });

/** `joined.json`: the join is done when it exists. */
const joinedSchema = z.strictObject({ manifest: pinnedSchema });

export type ScanMarker = z.infer<typeof scanMarkerSchema>;
export type PartitionMarker = z.infer<typeof partitionMarkerSchema>;
export type JoinCounts = z.infer<typeof countsSchema>;
export type Joined = z.infer<typeof joinedSchema>;

export function scanFanIn({ job, jobGeneration, scans }: JoinPlan): FanIn {
  return {
    folder: `${markerFolder({ job: job.id, generation: jobGeneration })}scan/`,
    leaves: scans.length,
    firstGroup: SCAN_GROUP,
    merge: (_level, children) => ({ scans: children }),
  };
}

export function partitionFanIn({ job, jobGeneration, partitions }: JoinPlan): FanIn {
  return {
    folder: `${markerFolder({ job: job.id, generation: jobGeneration })}partition/`,
    leaves: partitions,
    firstGroup: PARTITION_GROUP,
    merge: (level, children) => (level === 1 ? mergePartitions(children) : mergeTotals(children)),
  };
}

/** Undefined until the join is done. */
export function readJoined(store: ObjectStore, run: JobRun): Promise<Joined | undefined> {
  return readJson(store, joinedName(run), { schema: joinedSchema, limitBytes: JOINED_LIMIT_BYTES });
}

function mergePartitions(children: readonly unknown[]): z.infer<typeof partitionGroupSchema> {
  const partitions = children.map((child) => partitionMarkerSchema.parse(child));
  return {
    counts: sum(partitions.map(({ counts }) => counts)),
    manifest: partitions.flatMap(({ manifest }) => manifest ?? []),
    unmatched: partitions.flatMap(({ unmatched }) => unmatched ?? []),
  };
}

function mergeTotals(children: readonly unknown[]): z.infer<typeof joinTotalsSchema> {
  return { counts: sum(children.map((child) => joinTotalsSchema.parse(child).counts)) };
}

/** In the order of names: whoever merges writes the same bytes. */
function sum(addends: readonly JoinCounts[]): JoinCounts {
  const total = new Map<string, number>();
  for (const counts of addends) {
    for (const [name, value] of Object.entries(counts)) total.set(name, (total.get(name) ?? 0) + value);
  }
  return Object.fromEntries([...total].sort(([a], [b]) => (a < b ? -1 : 1)));
}
