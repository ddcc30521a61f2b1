/** What a predicted job costs on Google Cloud. */

import { CLOUD_RUN_PRICES } from '../fit/cloud-run-prices.ts';
import type { Prediction } from './predict.ts';
import { CLOUD_PRICES } from './prices.ts';

export interface CostLine {
  readonly what: string;
  readonly amount: string;
  readonly usd: number;
}

const GIB = 1024 ** 3;
/** What Cloud Run gives a box of the pipeline: see functions/shard/function.json. */
const VCPU = 1;

/** Once, and then the storage of the outputs for a month. */
export function costLines(
  prediction: Prediction,
  memoryMiB: number,
): { lines: CostLine[]; perMonth: CostLine } {
  const boxSeconds = prediction.stages.reduce((sum, stage) => sum + stage.boxSeconds, 0);
  const requests = prediction.stages.reduce((sum, stage) => sum + stage.tasks, prediction.sweeps);
  const gibSeconds = (boxSeconds * memoryMiB) / 1024;
  const gib = prediction.outputBytes / GIB;
  const run = CLOUD_RUN_PRICES;
  const prices = CLOUD_PRICES;
  const lines = [
    line('Cloud Run CPU', boxSeconds * VCPU, 'vCPU-seconds', run.perVcpuSecond),
    line('Cloud Run memory', gibSeconds, 'GiB-seconds', run.perGibSecond),
    line('Cloud Run requests', requests, 'requests', run.perMillionRequests / 1e6),
    line('Storage class A', prediction.classA, 'operations', prices.perThousandClassA / 1e3),
    line('Storage class B', prediction.classB, 'operations', prices.perThousandClassB / 1e3),
    line('Cloud Tasks', prediction.taskOperations, 'operations', prices.perMillionTaskOperations / 1e6),
  ];
  const usd = gib * prices.perGibMonth;
  return { lines, perMonth: { what: 'Storage', amount: `${gib.toFixed(2)} GiB`, usd } };
}

function line(what: string, count: number, unit: string, priceOfOne: number): CostLine {
  return { what, amount: `${Math.round(count).toLocaleString('en-US')} ${unit}`, usd: count * priceOfOne };
}
