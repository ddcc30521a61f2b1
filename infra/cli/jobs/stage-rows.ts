/** A job's progress as one row a stage. */

import type { Progress } from '../../../shared/pipeline/progress.ts';

export interface StageRow {
  /** Also the name of the box that does it. */
  readonly stage: string;
  /** ended: the job failed or was cancelled in this stage. */
  readonly state: 'waiting' | 'running' | 'done' | 'ended';
  readonly done: number;
  /** Undefined until it is known. */
  readonly total: number | undefined;
  readonly unit: string;
}

/** In the order of the work; empty when there is no job. */
export function stageRows(progress: Progress): StageRow[] {
  if (progress.state === 'waiting') return [];
  const { stage, records, recordsDone, tars, tarsDone } = progress;
  const rows: Omit<StageRow, 'state'>[] = [
    ...joinRow(progress),
    { stage: 'plan', done: records ?? 0, total: records, unit: 'records' },
    { stage: 'shard', done: recordsDone, total: records, unit: 'records' },
    { stage: 'combine', done: tarsDone, total: tars, unit: 'tars' },
  ];
  const current = rows.findIndex((row) => row.stage === stage);
  return rows.map((row, index) => ({ ...row, state: stateOf(progress, index - current) }));
}

/** Scans and partitions count separately: how many partitions there are is known, but not how long one takes. */
function joinRow({ join }: Progress): Omit<StageRow, 'state'>[] {
  if (join === undefined) return [];
  const unit = join.step === 'scan' ? 'tables' : 'partitions';
  return [{ stage: 'join', done: join.tasksDone, total: join.tasks, unit }];
}

/** @param after how many stages the row comes after the one at work. */
function stateOf({ state }: Progress, after: number): StageRow['state'] {
  if (state === 'done' || after < 0) return 'done';
  if (after > 0) return 'waiting';
  return state === 'failed' || state === 'cancelled' ? 'ended' : 'running';
}
