/** How many seeded schedules of faults leave the outputs of a job as they are, and how many conformance scenarios pass. */

import { env } from 'node:process';
import { runCloudSchedules } from '../faults/cloud-run/run-seeds.ts';
import { runSchedules } from '../faults/schedules/run-schedules.ts';
import { HOW_TO_FETCH, runConformance } from './conformance.ts';
import type { Figure } from './figures.ts';

const SCHEDULES = 500;
/** Over the local cloud itself, where each takes seconds. */
const CLOUD_SCHEDULES = 100;
const CLIENT_VARIABLE = 'PILLBOX_CONFORMANCE_CLIENT';

export async function benchFaults(): Promise<Figure[]> {
  // First, as a folder that is not what it should be is told at once.
  const conformance = await benchConformance(env[CLIENT_VARIABLE]);
  const { schedules, identical } = await runSchedules(SCHEDULES);
  const cloud = await runCloudSchedules(CLOUD_SCHEDULES);
  return [
    { name: 'faults.schedules', value: schedules, unit: '' },
    { name: 'faults.identical', value: identical, unit: '', target: schedules },
    { name: 'faults.cloudSchedules', value: cloud.schedules, unit: '' },
    { name: 'faults.cloudIdentical', value: cloud.identical, unit: '', target: cloud.schedules },
    ...conformance,
  ];
}

async function benchConformance(clientDir: string | undefined): Promise<Figure[]> {
  if (clientDir === undefined || clientDir === '') {
    console.error(`no conformance figures: ${HOW_TO_FETCH}; then set ${CLIENT_VARIABLE}=DIR`);
    return [];
  }
  const { passed, total, failures } = await runConformance(clientDir);
  for (const { title, reason } of failures) console.error(`failed: ${title}: ${reason}`);
  return [
    { name: 'conformance.passed', value: passed, unit: '', target: total },
    { name: 'conformance.total', value: total, unit: '' },
  ];
}
