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
/** One right after the other, so that what else the machine does meets both. */
const PAIRS = 3;

/** Of the box that does worse. */
export async function benchGoodput(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const ratios: number[] = [];
  for (const model of MODEL_BOXES) {
    const work = await workList(model, PICTURES);
    const clients = await bestFixed(model, work.slice(0, work.length / 2));
    const pairs: { readonly own: number; readonly fixed: number }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const own = await answersPerSecond(model, work, 'on', CLIENTS);
      pairs.push({ own, fixed: await answersPerSecond(model, work, 'off', clients) });
    }
    const value = median(pairs.map(({ own }) => own));
    const baseline = median(pairs.map(({ fixed }) => fixed));
    figures.push({ name: `budget.${model.name}.goodput`, value, baseline, unit: '1/s' });
    ratios.push(median(pairs.map(({ own, fixed }) => own / fixed)));
  }
  return [...figures, { name: 'budget.goodputRatio', value: Math.min(...ratios), unit: '', target: TARGET }];
}

/** Fixed numbers at which it is killed do not count. */
async function bestFixed(model: ModelBox, work: readonly LoadAsk[]): Promise<number> {
  let best = { clients: 1, rate: 0 };
  for (const clients of FIXED) {
    const rate = await answersPerSecond(model, work, 'off', clients);
    if (rate > best.rate) best = { clients, rate };
  }
  return best.clients;
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
async function workList(model: ModelBox, count: number): Promise<LoadAsk[]> {
  const asks = await loadAsks(model);
  const [row, rows] = [named(asks, 'row'), named(asks, 'rows')];
  const pictures = asks.filter(
    ({ name, contentType, manner, status }) =>
      contentType !== row.contentType &&
      manner === 'whole' &&
      status === 200 &&
      !name.startsWith('explained'),
  );
  return Array.from({ length: count }, (_, at): LoadAsk[] => [
    pictures[at % pictures.length] ?? row,
    ...Array<LoadAsk>(ROWS_A_PICTURE - 1).fill(row),
    rows,
  ]).flat();
}

/** As on Cloud Run with `cpu: 1`; where there is no taskset, on all of them. */
function onOneProcessor(pid: number): void {
  spawnSync('taskset', ['-a', '-p', '-c', '0', String(pid)]);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
