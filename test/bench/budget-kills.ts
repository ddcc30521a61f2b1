/** How often the model services are killed for memory under 64 clients, with their budget and without. */

import {
  type LoadAsk,
  largeAsks,
  loadAsks,
  MODEL_BOXES,
  type ModelBox,
  named,
} from '../fixtures/load/load-asks.ts';
import { answeredIn, runList, runTimedLoad } from '../fixtures/load/run-load.ts';
import { withSupervisedBox } from '../fixtures/load/supervised-box.ts';
import type { Figure } from './figures.ts';

const CLIENTS = 64;
const SECONDS = Number(process.env['PILLBOX_LOAD_SECONDS'] ?? 30);
/** Enough to keep pictures in work and in line without end. */
const PICTURE_CLIENTS = 20;
const ROWS = 1_000;

export async function benchKills(): Promise<Figure[]> {
  const kills = { on: 0, off: 0 };
  const rowTimes: Figure[] = [];
  for (const model of MODEL_BOXES) {
    const large = await largeAsks(model);
    kills.on += await killsUnder(model, 'on', await loadAsks(model));
    kills.on += await killsUnder(model, 'on', large);
    kills.off += await killsUnder(model, 'off', large);
    rowTimes.push(await benchFairness(model));
  }
  return [
    { name: 'budget.kills', value: kills.on, unit: 'kills', target: 0 },
    { name: 'budget.kills.off', value: kills.off, unit: 'kills' },
    ...rowTimes,
  ];
}

async function killsUnder(model: ModelBox, budget: 'on' | 'off', asks: readonly LoadAsk[]): Promise<number> {
  return await withSupervisedBox({ name: model.name, budget }, async ({ base, stats }) => {
    const result = await runTimedLoad({ base, asks, clients: CLIENTS, seconds: SECONDS });
    const { kills, peakMiB, enforcedBy } = stats();
    const counts = `${answeredIn(result)} answered, ${result.busy} told to come back, ${result.wrong.length} wrong`;
    console.log(
      `${model.name}, budget ${budget}: ${counts}, at most ${peakMiB} MiB, ${kills} kills (${enforcedBy})`,
    );
    if (budget === 'on' && result.wrong.length > 0) throw new Error(`${model.name}: ${result.wrong[0]}`);
    return kills;
  });
}

/** How long a row takes at worst while large pictures keep coming, beside the same in peace. */
async function benchFairness(model: ModelBox): Promise<Figure> {
  const row = named(await loadAsks(model), 'row');
  const asks = await largeAsks(model);
  return await withSupervisedBox({ name: model.name, budget: 'on' }, async ({ base }) => {
    const timesOfRows = async (): Promise<number[]> => {
      const times: number[] = [];
      await runList(base, Array<typeof row>(ROWS).fill(row), 2, (_, tookMs) => times.push(tookMs));
      return times.toSorted((a, b) => a - b);
    };
    const p99 = (times: readonly number[]): number => times[Math.floor(times.length * 0.99)] ?? 0;
    const inPeace = p99(await timesOfRows());
    let goesOn = true;
    const pictures = runTimedLoad({
      base,
      asks,
      clients: PICTURE_CLIENTS,
      seconds: Number.POSITIVE_INFINITY,
      goesOn: () => goesOn,
    });
    const besidePictures = p99(await timesOfRows());
    goesOn = false;
    await pictures;
    return { name: `budget.${model.name}.rowP99Ms`, value: besidePictures, baseline: inPeace, unit: 'ms' };
  });
}
