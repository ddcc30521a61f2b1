/** Lays a prediction out as lines of text, with what it rests on. */

import { CLOUD_RUN_PRICES } from '../fit/cloud-run-prices.ts';
import { durationText } from '../jobs/speed.ts';
import { sizeText } from '../size-text.ts';
import { formatTable } from '../table.ts';
import { type CostLine, costLines } from './cost.ts';
import type { Prediction, WhatIf } from './predict.ts';
import { CLOUD_PRICES } from './prices.ts';
import { MEASURED } from './work.ts';

export function reportLines(whatIf: WhatIf, prediction: Prediction): string[] {
  const { records, boxes, memoryMiB, job } = whatIf;
  const { lines, perMonth } = costLines(prediction, memoryMiB);
  const total = lines.reduce((sum, { usd }) => sum + usd, 0);
  const each = `${job.shardRecords} records a task, images of ${job.image.size} x ${job.image.size}`;
  return [
    `${records.toLocaleString('en-US')} records, ${boxes} boxes of ${memoryMiB} MiB, ${each}`,
    '',
    ...stageTable(prediction),
    '',
    `time     ${durationText(Math.ceil(prediction.wallSeconds))}, ${rate(records, prediction)} records/s`,
    `storage  ${sizeText(prediction.outputBytes)} in ${prediction.tars} tars, ${sizeText(prediction.bytesPerRecord)} a record`,
    '',
    ...costTable([...lines, { what: 'the job', amount: '', usd: total }]),
    `Its outputs cost ${dollars(perMonth.usd)} a month (${perMonth.amount}).`,
    '',
    ...basisLines(whatIf),
  ];
}

function basisLines(whatIf: WhatIf): string[] {
  const { asOf, region, storageSource, tasksSource } = CLOUD_PRICES;
  return [
    `Rests on ${whatIf.recordSeconds} CPU seconds a record, a vCPU a box ("${MEASURED.command}"),`,
    'and on guesses for what a task takes beside its records.',
    ...(whatIf.job.join === undefined
      ? ['Records come from a manifest; tables are joined without --no-join, or as a --job says.']
      : [`Joins tables in ${whatIf.partitions} partitions; storage operations of the join are not counted.`]),
    'Bytes are those of synthetic radiographs, by the same command.',
    `Prices in USD, ${region}, as of ${asOf}, without the free tier or traffic to elsewhere:`,
    ...[CLOUD_RUN_PRICES.source, storageSource, tasksSource].map((source) => `  ${source}`),
  ];
}

function stageTable({ stages, sweeps }: Prediction): string[] {
  const rows = stages.map(({ stage, tasks, wallSeconds, boxSeconds }) => [
    stage,
    tasks.toLocaleString('en-US'),
    durationText(Math.ceil(wallSeconds)),
    durationText(Math.ceil(boxSeconds)),
  ]);
  const columns = [
    { title: 'STAGE' },
    { title: 'TASKS', align: 'right' },
    { title: 'TIME', align: 'right' },
    { title: 'OF ALL BOXES', align: 'right' },
  ] as const;
  return formatTable(columns, [...rows, ['sweeps', String(sweeps), '', '']]);
}

function costTable(lines: readonly CostLine[]): string[] {
  const rows = lines.map(({ what, amount, usd }) => [what, amount, dollars(usd)]);
  const columns = [
    { title: 'COST' },
    { title: '', align: 'right' },
    { title: 'USD', align: 'right' },
  ] as const;
  return formatTable(columns, rows);
}

/** Cents, and of less than a cent two digits. */
function dollars(usd: number): string {
  return usd >= 0.01 || usd === 0 ? usd.toFixed(2) : usd.toPrecision(2);
}

function rate(records: number, { wallSeconds }: Prediction): string {
  return (records / wallSeconds).toFixed(1);
}
