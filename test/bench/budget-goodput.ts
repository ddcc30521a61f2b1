/** The same work done by 64 clients under the budget, and by the best fixed number of clients without it. */

import { spawnSync } from 'node:child_process';
import { type LoadAsk, loadAsks, MODEL_BOXES, type ModelBox, named } from '../fixtures/load/load-asks.ts';
import { answeredIn, runList } from '../fixtures/load/run-load.ts';
import { withSupervisedBox } from '../fixtures/load/supervised-box.ts';
import type { Figure } from './figures.ts';

const CLIENTS = 64;
const FIXED = [1, 2, 4, 8, 16, 32];
/** So much work that what the last ones wait at its end weighs little. */
const PICTURES = 120;
const ROWS_A_PICTURE = 4;
const TARGET = 0.9;

/** Of the box that does worse. Fixed numbers at which it is killed do not count. */
export async function benchGoodput(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const model of MODEL_BOXES) {
    const work = await workList(model);
    const before = await answersPerSecond(model, work, 'on', CLIENTS);
    let best = 0;
    for (const clients of FIXED) best = Math.max(best, await answersPerSecond(model, work, 'off', clients));
    const after = await answersPerSecond(model, work, 'on', CLIENTS);
    const own = Math.max(before, after);
    figures.push({ name: `budget.${model.name}.goodput`, value: own, baseline: best, unit: '1/s' });
  }
  const ratio = Math.min(...figures.map(({ value, baseline = 0 }) => value / baseline));
  return [...figures, { name: 'budget.goodputRatio', value: ratio, unit: '', target: TARGET }];
}

/** 0 where it is killed. */
async function answersPerSecond(
  model: ModelBox,
  work: readonly LoadAsk[],
  budget: 'on' | 'off',
  clients: number,
): Promise<number> {
  return await withSupervisedBox({ name: model.name, budget }, async ({ base, stats }) => {
    await runList(base, work.slice(0, ROWS_A_PICTURE + 1), 1);
    stats().pids.forEach(onOneProcessor);
    const result = await runList(base, work, clients);
    const { kills, peakMiB } = stats();
    const rate = kills > 0 ? 0 : answeredIn(result) / result.seconds;
    const said = `${rate.toFixed(1)} useful answers/s, ${result.busy} told to come back, ${kills} kills`;
    console.log(`${model.name}, budget ${budget}, ${clients} clients: ${said}, at most ${peakMiB} MiB`);
    if (kills === 0 && result.wrong.length > 0) throw new Error(`${model.name}: ${result.wrong[0]}`);
    return rate;
  });
}

/** What is useful alone, in an order that is the same for all. */
async function workList(model: ModelBox): Promise<LoadAsk[]> {
  const asks = await loadAsks(model);
  const [row, rows] = [named(asks, 'row'), named(asks, 'rows')];
  const pictures = asks.filter(
    ({ name, contentType, manner, status }) =>
      contentType !== row.contentType &&
      manner === 'whole' &&
      status === 200 &&
      !name.startsWith('explained'),
  );
  return Array.from({ length: PICTURES }, (_, at): LoadAsk[] => [
    pictures[at % pictures.length] ?? row,
    ...Array<LoadAsk>(ROWS_A_PICTURE - 1).fill(row),
    rows,
  ]).flat();
}

/** As on Cloud Run with `cpu: 1`; where there is no taskset, on all of them. */
function onOneProcessor(pid: number): void {
  spawnSync('taskset', ['-a', '-p', '-c', '0', String(pid)]);
}
