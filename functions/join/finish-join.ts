/** Ends a join: the parts of its partitions become one manifest, on the storage server, and the report is written. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { composeOnce, joinToLastStep, type Piece } from '../../shared/pipeline/compose-tree.ts';
import { deleteGenerations } from '../../shared/pipeline/create-once.ts';
import { readFirstGroups, readRoot } from '../../shared/pipeline/fan-in.ts';
import { composeJobOutput, createJobOutput } from '../../shared/pipeline/job-output.ts';
import { type BadRows, badRowsText } from '../../shared/pipeline/join-bad-rows.ts';
import {
  type JoinCounts,
  type Joined,
  joinTotalsSchema,
  partitionFanIn,
  partitionGroupSchema,
  readJoined,
  scanFanIn,
  scansSchema,
} from '../../shared/pipeline/join-markers.ts';
import { createJsonOnce } from '../../shared/pipeline/json-objects.ts';
import { isLive } from '../../shared/pipeline/live-run.ts';
import {
  composeFolder,
  JOIN_REPORT_FILE,
  joinedManifestName,
  joinedName,
  UNMATCHED_FILE,
} from '../../shared/pipeline/object-names.ts';
import type { OpenJoin } from '../../shared/pipeline/open-join.ts';
import { ObjectNotFoundError } from '../../shared/storage/storage-errors.ts';
import { describeJoin } from './describe-join.ts';
import { UNMATCHED_REASONS } from './join-subject.ts';

/**
 * False when the job was deleted meanwhile. Throws TerminalErrors: 'join-empty' when nothing matches, 'part-missing' when
 * somebody else deleted a part, and as composeJobOutput does; RetryableErrors ('stage-incomplete').
 */
export async function finishJoin(join: OpenJoin): Promise<boolean> {
  const { store, run, plan, ref } = join;
  if ((await readJoined(store, run)) !== undefined) return true;
  const totals = await readRoot(store, partitionFanIn(plan), joinTotalsSchema);
  const scans = await readRoot(store, scanFanIn(plan), scansSchema);
  if (totals === undefined || scans === undefined) {
    throw new RetryableError('stage-incomplete', `job ${ref.job} has unfinished partitions`);
  }
  const report = describeJoin(plan, scans.scans, totals.counts);
  const text = `${JSON.stringify(report, null, 2)}\n`;
  const target = { file: JOIN_REPORT_FILE, contentType: 'application/json' };
  if ((await createJobOutput(join, target, Buffer.from(text))) === undefined) return false;
  try {
    if (!(await joinUnmatched(join))) return false;
    if ((totals.counts['matched'] ?? 0) === 0) throw nothingMatches(totals.counts, report.badRows);
    const manifest = await joinManifest(join);
    if (!(await isLive(store, run))) {
      // Nobody else deletes what holds records of a job that is gone.
      await deleteGenerations(store, [manifest]);
      await deleteGenerations(store, store.list(composeFolder(run, 'manifest')));
      return false;
    }
    await createJsonOnce(store, joinedName(run), { manifest } satisfies Joined);
  } catch (error) {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    // Deleted at the end of the job, if another worker was that much faster.
    if ((await readJoined(store, run)) !== undefined) return true;
    throw new TerminalError('part-missing', `${error.objectName} is gone before the manifest was joined`);
  }
  return true;
}

/** False when the job was deleted meanwhile. */
async function joinUnmatched(join: OpenJoin): Promise<boolean> {
  const target = { file: UNMATCHED_FILE, contentType: 'application/jsonl' };
  return (await composeJobOutput(join, target, parts(join, 'unmatched'))) !== undefined;
}

async function joinManifest(join: OpenJoin): Promise<Joined['manifest']> {
  const { store, run, ref } = join;
  const last = await joinToLastStep(store, composeFolder(run, 'manifest'), parts(join, 'manifest'));
  const made = await composeOnce(store, joinedManifestName(run), last);
  const { name, generation, sizeBytes, crc32c } = made;
  return { bucket: ref.bucket, name, generation, sizeBytes, crc32c };
}

/** In the order of the partitions. */
async function* parts({ store, plan }: OpenJoin, kind: 'manifest' | 'unmatched'): AsyncIterable<Piece> {
  for await (const group of readFirstGroups(store, partitionFanIn(plan), partitionGroupSchema)) {
    yield* group[kind];
  }
}

function nothingMatches(counts: JoinCounts, badRows: BadRows): TerminalError {
  const reasons = UNMATCHED_REASONS.map((reason) => `${reason} ${counts[`unmatched.${reason}`] ?? 0}`);
  const studies = counts['studies'] ?? 0;
  const bad = badRows.count === 0 ? '' : `; ${badRowsText(badRows)}`;
  return new TerminalError(
    'join-empty',
    `none of ${studies} studies matches a stay and has its files: ${reasons.join(', ')}${bad}`,
  );
}
