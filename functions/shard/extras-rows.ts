/** Goes through the rows of all records: counts them, proves the splits disjoint, and makes the table of them. */

import { RetryableError } from '../../shared/errors/retryable-error.ts';
import { TerminalError } from '../../shared/errors/terminal-error.ts';
import { type DatasetRow, datasetRowSchema } from '../../shared/pipeline/dataset-row.ts';
import { readLines } from '../../shared/pipeline/lines.ts';
import { rowsName, TABULAR_FILE } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import type { ShardCounts } from '../../shared/pipeline/shard-markers.ts';
import { SPLITS } from '../../shared/pipeline/split.ts';
import { passesFor, type SplitProof, SplitProofBuilder } from '../../shared/pipeline/split-proof.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { type StagedFile, stageFile } from './extras-output.ts';
import { openTabularFile } from './tabular.ts';

/** Ids of 200 characters and 35 numbers stay well below. */
const ROW_LIMIT_BYTES = 64 * 1024;

export interface FromRows {
  readonly proof: SplitProof;
  readonly staged: readonly StagedFile[];
}

/**
 * Throws a RetryableError ('stage-incomplete') while the rows are not joined, a TerminalError ('counts-differ') when they
 * are not those of the written records.
 */
export async function goThroughRows(job: OpenJob, counts: ShardCounts): Promise<FromRows> {
  const { store, plan } = job;
  const rows = await store.stat(rowsName(runOf(plan)));
  if (rows === undefined) throw new RetryableError('stage-incomplete', `job ${plan.job.id} has no rows yet`);
  const records = counts.train + counts.val + counts.test;
  const passes = passesFor(records);
  const builder = new SplitProofBuilder(plan.job.seed, passes);
  const staged: StagedFile[] = [];
  let pass = 0;
  const goThrough = async (add?: (row: DatasetRow) => Promise<void>) => {
    for await (const row of checkedRows(readRows(job, rows), counts)) {
      builder.add(row.split, row.subject_id);
      await add?.(row);
    }
    builder.endPass();
    pass += 1;
  };
  if (plan.job.parquet) {
    const extra = { file: TABULAR_FILE, contentType: 'application/vnd.apache.parquet', records };
    const table = await stageFile(job, extra, async (write) => {
      const tabular = await openTabularFile(write);
      await goThrough((row) => tabular.add(row));
      await tabular.finish();
    });
    staged.push(table);
  }
  while (pass < passes) await goThrough();
  return { proof: builder.finish(), staged };
}

async function* readRows({ store, plan }: OpenJob, rows: ObjectInfo): AsyncIterable<DatasetRow> {
  const chunks = store.read(rows.name, { generation: rows.generation });
  for await (const line of readLines(chunks, ROW_LIMIT_BYTES)) {
    const parsed = datasetRowSchema.safeParse(parseOrUndefined(line));
    if (parsed.success) yield parsed.data;
    else throw new TerminalError('job-invalid', `${rows.name} is not what ${plan.codeVersion} writes`);
  }
}

/** The same rows, when they are those of the markers: ascending, and as many of each split. */
async function* checkedRows(rows: AsyncIterable<DatasetRow>, counts: ShardCounts): AsyncIterable<DatasetRow> {
  const seen = { train: 0, val: 0, test: 0 };
  let last = -1;
  for await (const row of rows) {
    if (row.position <= last)
      throw new TerminalError('counts-differ', `the row of position ${row.position} comes late`);
    last = row.position;
    seen[row.split] += 1;
    yield row;
  }
  const wrong = SPLITS.find((split) => seen[split] !== counts[split]);
  if (wrong === undefined) return;
  throw new TerminalError('counts-differ', `${wrong}: ${counts[wrong]} records, ${seen[wrong]} rows`);
}

function parseOrUndefined(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
