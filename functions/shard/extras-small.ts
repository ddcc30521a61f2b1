/** Stages the small sample of every split that has records, when the job asks for one. */

import { existingTwin } from '../../shared/pipeline/create-once.ts';
import { readFirstGroups } from '../../shared/pipeline/fan-in.ts';
import { outputName, smallFile } from '../../shared/pipeline/object-names.ts';
import type { OpenJob } from '../../shared/pipeline/open-job.ts';
import { runOf } from '../../shared/pipeline/plan-document.ts';
import { type ShardTotals, tarCount } from '../../shared/pipeline/shard-markers.ts';
import { SPLITS, type Split } from '../../shared/pipeline/split.ts';
import { type Output, outputGroupSchema, tarFanIn } from '../../shared/pipeline/tar-markers.ts';
import type { ObjectInfo } from '../../shared/storage/object-store.ts';
import { type StagedFile, stageFile } from './extras-output.ts';
import { copySmallSample } from './small-sample.ts';

/** Throws as copySmallSample does, and a RetryableError ('stage-incomplete') while tars are missing. */
export async function stageSmallSamples(job: OpenJob, totals: ShardTotals): Promise<StagedFile[]> {
  const most = job.plan.job.smallPerSplit;
  if (most === undefined) return [];
  const staged: StagedFile[] = [];
  for (const split of SPLITS) {
    const records = Math.min(most, totals.counts[split]);
    if (records === 0) continue;
    const tars = await findTars(job, totals, split, records);
    const extra = { file: smallFile(split), contentType: 'application/x-tar', records };
    staged.push(await stageFile(job, extra, (write) => copySmallSample(job.store, tars, records, write)));
  }
  return staged;
}

/** The first tars of the split that have so many records together, as their markers name them. */
async function findTars(
  { store, plan }: OpenJob,
  totals: ShardTotals,
  split: Split,
  records: number,
): Promise<ObjectInfo[]> {
  const tars: Output[] = [];
  let found = 0;
  for await (const { outputs } of readFirstGroups(
    store,
    tarFanIn(runOf(plan), tarCount(totals)),
    outputGroupSchema,
  )) {
    for (const output of outputs) {
      if (found >= records || !output.name.startsWith(`${split}-`)) continue;
      tars.push(output);
      found += output.records;
    }
    if (found >= records) break;
  }
  return Promise.all(tars.map((tar) => existingTwin(store, outputName(plan.job.id, tar.name), tar)));
}
