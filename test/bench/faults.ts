/** How many seeded schedules of faults leave the outputs of a job as they are, to the byte. */

import { runSchedules } from '../faults/schedules/run-schedules.ts';
import type { Figure } from './figures.ts';

const SCHEDULES = 500;

export async function benchFaults(): Promise<Figure[]> {
  const { schedules, identical } = await runSchedules(SCHEDULES);
  return [
    { name: 'faults.schedules', value: schedules, unit: '' },
    { name: 'faults.identical', value: identical, unit: '', target: schedules },
  ];
}
