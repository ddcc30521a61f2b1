/** What the budget costs a request: admission and release alone, and the time of a row with and without it. */

import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, withBundles } from '../../infra/cli/find-function.ts';
import { withTemporaryFolder } from '../../infra/cli/temporary-folder.ts';
import { loadFunctions } from '../../infra/registry/registry.ts';
import { createBudget } from '../../shared/budget/budget.ts';
import { openMemoryGauge } from '../../shared/budget/memory-gauge.ts';
import { readMemoryLimit } from '../../shared/budget/memory-limit.ts';
import { parseModelCard } from '../../shared/models/model-card.ts';
import type { Figure } from './figures.ts';
import { measureService } from './service.ts';

const BOX = 'diabetes';
const ADMISSIONS = 20_000;
const WARM_UP = 2_000;
const COST_BYTES = 256 * 1024;
const TARGET_US = 50;
const ROW_REQUESTS = 3_000;
/** With and without in turn, so that what else the machine does meets both. */
const ROUNDS = 3;

/** With this process's own memory read at each, as a box does. */
export async function benchAdmission(): Promise<Figure> {
  const limit = readMemoryLimit({});
  const gauge = openMemoryGauge({ limit });
  const budget = createBudget({ limit, gauge, recycle: {} });
  const times: number[] = [];
  for (let at = 0; at < WARM_UP + ADMISSIONS; at++) {
    const before = process.hrtime.bigint();
    const lease = await budget.admit({ route: '/tabular', costBytes: COST_BYTES });
    lease.release();
    if (at >= WARM_UP) times.push(Number(process.hrtime.bigint() - before) / 1000);
  }
  budget.close();
  gauge.close();
  return { name: 'budget.overheadUs', value: median(times), unit: 'µs', target: TARGET_US };
}

/** Median time of a row, one after another, beside the same with the budget off. */
export async function benchRowTimes(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'pillbox-bench-'));
  return await withTemporaryFolder(folder, async (dir) => {
    const wanted = (await loadFunctions(ROOT)).filter((fn) => fn.name === BOX);
    return await withBundles(wanted, dir, async ([fn]) => {
      if (fn === undefined) throw new Error(`there is no function ${BOX}`);
      const path = join(ROOT, 'functions', BOX, 'models', `${BOX}.card.json`);
      const card = parseModelCard(JSON.parse(await readFile(path, 'utf8')));
      const ask = { path: '/tabular', contentType: 'application/json', body: JSON.stringify(card.example) };
      const medianMs = async (budget: 'on' | 'off'): Promise<number> => {
        const env = { PILLBOX_BUDGET: budget };
        const options = { entry: fn.entry, limitMiB: fn.config.memoryMiB, env, requests: ROW_REQUESTS };
        return (await measureService(ask, { ...options, clients: 1 })).p50Ms;
      };
      const [on, off]: [number[], number[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        on.push(await medianMs('on'));
        off.push(await medianMs('off'));
      }
      const figure = { value: 1000 * median(on), baseline: 1000 * median(off) };
      return [{ name: 'budget.rowP50Us', ...figure, unit: 'µs' }];
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
