/** What a fit came to: a row for each trial, as it ends, and the lines of the result. */

import type { RegisteredFunction } from '../../registry/registry.ts';
import { printable } from '../printable.ts';
import { type Column, formatTable } from '../table.ts';
import { CLOUD_RUN_PRICES } from './cloud-run-prices.ts';
import { billedAlone, priceFormula, pricePerMillion } from './price.ts';
import { STEP_MIB } from './search.ts';
import type { Trial } from './trial.ts';

const COLUMNS: readonly Column[] = [
  { title: 'limit MiB', align: 'right', minWidth: 9 },
  { title: 'at once', align: 'right', minWidth: 7 },
  { title: 'result', minWidth: 6 },
  { title: 'resident', align: 'right', minWidth: 8 },
  { title: 'requests', align: 'right', minWidth: 8 },
  { title: 'requests/s', align: 'right', minWidth: 10 },
  { title: '' },
];

export function trialTitles(): string {
  return formatTable(COLUMNS, []).join('\n');
}

export function trialRow(trial: Trial): string {
  const { limitMiB, clients, outcome, peakMiB, requests, reason = '' } = trial;
  const row = [
    String(limitMiB),
    String(clients),
    outcome,
    peakMiB === 0 ? '' : peakMiB.toFixed(1),
    String(requests),
    outcome === 'holds' ? perSecond(trial) : '',
    printable(reason),
  ];
  return formatTable(COLUMNS, [row], { titles: false }).join('\n');
}

export interface FitResult {
  readonly fn: RegisteredFunction;
  readonly fromMiB: number;
  /** The one that confirmed the limit, with one request at a time. */
  readonly alone: Trial;
  /** The one with the most requests at once. */
  readonly together: Trial;
}

/** Three lines of result, and one that says where the prices are from. */
export function resultLines({ fn, fromMiB, alone, together }: FitResult): string[] {
  const { memoryMiB: stated, cpu, concurrency } = fn.config;
  const { limitMiB } = alone;
  const below =
    limitMiB === fromMiB
      ? 'the smallest tried'
      : `${Math.max(fromMiB, limitMiB - STEP_MIB)} MiB does not hold`;
  const atOnce = Math.min(together.clients, together.mostInWork);
  const shared = { cpu, memoryMiB: limitMiB };
  const run = { ...shared, secondsPerRequest: secondsOf(together) };
  const single = { ...shared, secondsPerRequest: billedAlone(secondsOf(alone)) };
  return [
    `limit        ${limitMiB} MiB (${below}; function.json says ${stated})`,
    `concurrency  ${atOnce} at once, ${perSecond(together)} requests/s, resident at most ${together.peakMiB.toFixed(1)} MiB (function.json says ${concurrency})`,
    `price        $${dollars(pricePerMillion(run))} per million requests = ${priceFormula(run)}; one at a time, rounded up to 0.1 s: $${dollars(pricePerMillion(single))}`,
    `Prices of Cloud Run in ${CLOUD_RUN_PRICES.asOf} (tier 1, request-based, ${CLOUD_RUN_PRICES.source}), time of this machine; its least memory is ${CLOUD_RUN_PRICES.leastMemoryMiB} MiB.`,
  ];
}

function secondsOf({ busyMs, requests }: Trial): number {
  return requests === 0 ? 0 : busyMs / requests / 1000;
}

function perSecond(trial: Trial): string {
  const seconds = secondsOf(trial);
  return seconds === 0 ? '0' : (1 / seconds).toFixed(1);
}

function dollars(value: number): string {
  return value.toFixed(2);
}
