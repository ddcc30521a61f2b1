/** The price of a million requests on Cloud Run. */

import { CLOUD_RUN_PRICES as PRICES } from './cloud-run-prices.ts';

export interface PricedRun {
  readonly cpu: number;
  readonly memoryMiB: number;
  /** Billable time of one request: that of the instance, shared by those it has at once. */
  readonly secondsPerRequest: number;
}

/** In USD, without the free tier. */
export function pricePerMillion({ cpu, memoryMiB, secondsPerRequest }: PricedRun): number {
  const perSecond = cpu * PRICES.perVcpuSecond + gib(memoryMiB) * PRICES.perGibSecond;
  return PRICES.perMillionRequests + 1e6 * secondsPerRequest * perSecond;
}

/** What a request costs that has the instance for itself: its time is rounded up. */
export function billedAlone(secondsPerRequest: number): number {
  const steps = Math.ceil(secondsPerRequest / PRICES.billedStepSeconds - 1e-9);
  return Math.max(1, steps) * PRICES.billedStepSeconds;
}

/** `0.40 + 10⁶ × 0.00154 s × (1 vCPU × 0.000024 + 0.125 GiB × 0.0000025)`. */
export function priceFormula({ cpu, memoryMiB, secondsPerRequest }: PricedRun): string {
  const memory = `${gib(memoryMiB)} GiB x ${plain(PRICES.perGibSecond)}`;
  const seconds = secondsPerRequest.toPrecision(3);
  return `${PRICES.perMillionRequests.toFixed(2)} + 1,000,000 x ${seconds} s x (${cpu} vCPU x ${plain(PRICES.perVcpuSecond)} + ${memory})`;
}

function gib(memoryMiB: number): number {
  return Math.max(PRICES.leastMemoryMiB, memoryMiB) / 1024;
}

/** Not 2.5e-6. */
function plain(value: number): string {
  return value.toFixed(7).replace(/0+$/, '');
}
