/** Makes one shard: every record becomes a sample of its split or a line among the failures; last comes the marker. */

import { deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { rowOf } from '../../shared/pipeline/dataset-row.ts';
import { readMarker, writeLeaf } from '../../shared/pipeline/fan-in.ts';
import { isLive } from '../../shared/pipeline/live-run.ts';
import { partName } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { type Plan, runOf } from '../../shared/pipeline/plan-document.ts';
import {
  partsOf,
  type ShardMarker,
  shardFanIn,
  shardMarkerSchema,
} from '../../shared/pipeline/shard-markers.ts';
import { SPLITS, splitOf } from '../../shared/pipeline/split.ts';
import type { ComposeSource, ObjectInfo, ObjectStore, OpenStore } from '../../shared/storage/object-store.ts';
import { type LoadedRecord, loadRecords } from './load-records.ts';
import { makeImage } from './make-image.ts';
import { openSampleWriter } from './open-sample-writer.ts';
import { RecordFailure } from './record-failure.ts';
import { type SampleWriter, sampleBlocks } from './sample.ts';
import { type ShardIdentity, ShardOutput } from './shard-output.ts';

export interface MakeShardDeps {
  /** Opens what the job reads: of its own bucket, or of others. */
  readonly openInput: OpenStore;
  readonly codeVersion: string;
}

/**
 * Makes nothing when the shard's marker exists. Throws a TerminalError ('shard-empty', 'part-differs'; see ShardOutput)
 * or a RetryableError; a bad record throws nothing.
 */
export async function makeShard(
  { openInput, codeVersion }: MakeShardDeps,
  { store, plan }: OpenJob,
  shard: number,
): Promise<void> {
  const tree = shardFanIn(plan);
  const identity = { run: runOf(plan), shard, codeVersion };
  const made = await readMarker(store, tree, markerAt(shard));
  // This worker may have been here before, and have died before it took its own parts away.
  if (made !== undefined) return deleteUnnamed(store, await findParts(store, identity), made);
  const writer = await openSampleWriter(openInput, plan);
  const output = new ShardOutput(store, identity);
  try {
    for await (const record of loadRecords(openInput, store, plan, shard)) {
      await addRecord(output, { plan, writer }, record);
    }
    const marker = await output.finish();
    const won = (await isLive(store, identity.run)) && (await writeLeaf(store, tree, shard, marker));
    if (!won) await deleteUnnamed(store, partsOf(marker), await readMarker(store, tree, markerAt(shard)));
  } catch (error) {
    await output.abort();
    throw error;
  }
}

const markerAt = (shard: number) => ({ level: 0, index: shard, schema: shardMarkerSchema });

/** The parts of this shard and code version that are there, whoever made them. */
async function findParts(
  store: ObjectStore,
  { run, shard, codeVersion }: ShardIdentity,
): Promise<ObjectInfo[]> {
  const kinds = [...SPLITS, 'failures', 'rows'] as const;
  const parts = await Promise.all(
    kinds.map((kind) => store.stat(partName(run, { kind, shard, codeVersion }))),
  );
  return parts.filter((part) => part !== undefined);
}

/**
 * The worker that won may have had its parts used up and deleted already. Then the ones of this run came into being
 * after that, and no marker will ever name them; nor those of a job that was deleted meanwhile.
 */
async function deleteUnnamed(
  store: ObjectStore,
  parts: readonly ComposeSource[],
  winner: ShardMarker | undefined,
): Promise<void> {
  const named = new Set(winner === undefined ? [] : partsOf(winner).map(({ generation }) => generation));
  await deleteGenerations(
    store,
    parts.filter(({ generation }) => !named.has(generation)),
  );
}

async function addRecord(
  output: ShardOutput,
  { plan, writer }: { plan: Plan; writer: SampleWriter },
  { place, content }: LoadedRecord,
): Promise<void> {
  try {
    if (content instanceof RecordFailure) throw content;
    const { line, report } = content;
    const split = splitOf(plan, place.position, line);
    if (split === undefined) throw new RecordFailure('split-missing', 'the line names no split', line.image);
    const image = await makeImage(content.image.bytes, plan.job.image, line.image);
    content.image.free();
    const row = rowOf(place.position, split, line);
    await output.write(split, sampleBlocks(writer, { line, report, image, row }), row);
  } catch (error) {
    if (!(error instanceof RecordFailure)) throw error;
    if (!(content instanceof RecordFailure)) content.image.free();
    output.fail({ ...place, code: error.code, message: error.message, image: error.image });
  }
}
