/** The memory budget: what it costs a request, that nothing is killed under it, and how much useful work it lets through. */

import { MODEL_BOXES } from '../fixtures/load/load-asks.ts';
import { soak } from '../fixtures/load/soak.ts';
import { prepareModels } from '../fixtures/load/supervised-box.ts';
import { benchGoodput } from './budget-goodput.ts';
import { benchKills } from './budget-kills.ts';
import { benchAdmission, benchRowTimes } from './budget-overhead.ts';
import type { Figure } from './figures.ts';

const SOAK_REQUESTS = 20_000;
const SOAK_TARGET_MIB = 8;

export async function benchBudget(): Promise<Figure[]> {
  await prepareModels();
  return [
    await benchAdmission(),
    ...(await benchRowTimes()),
    ...(await benchKills()),
    ...(await benchGoodput()),
    await benchSoak(),
  ];
}

/** Of the box that grows more. */
async function benchSoak(): Promise<Figure> {
  let mostMiB = Number.NEGATIVE_INFINITY;
  for (const model of MODEL_BOXES) {
    const result = await soak(model, SOAK_REQUESTS);
    const { first, last, peakMiB, driftMiB } = result;
    const said = [first, last].map(
      ({ resident, anonymous }) => `${resident.toFixed(1)} (${anonymous.toFixed(1)})`,
    );
    console.log(
      `soak ${model.name}: MiB resident (anonymous) ${said.join(', then ')}; ${peakMiB.toFixed(1)} at most`,
    );
    if (result.wrong.length > 0) throw new Error(`soak of ${model.name}: ${result.wrong[0]}`);
    mostMiB = Math.max(mostMiB, driftMiB);
  }
  return { name: 'budget.soakDriftMiB', value: mostMiB, unit: 'MiB', target: SOAK_TARGET_MIB };
}
