/** The tables that end the main job, and what a user may try next. */

import type { LocalPillbox } from '../../local/local-pillbox.ts';
import { DEFAULT_DATA } from '../option-values.ts';
import { formatTable } from '../table.ts';
import type { Endpoint } from './predictions.ts';
import type { Summary } from './summary.ts';

const INDENT = '  ';

/** Predictions; records, failed records and splits; each function's peak memory beside its limit. */
export function summaryLines({ predictions, job, memory }: Summary): string[] {
  return [
    '',
    ...formatTable(
      [
        { title: 'prediction' },
        { title: 'ran at' },
        { title: 'status', align: 'right' },
        { title: 'ms', align: 'right' },
        { title: 'answer' },
      ],
      predictions.map((one) => [
        one.endpoint,
        one.servedBy,
        String(one.status),
        one.ms.toFixed(1),
        answerText(one.body),
      ]),
    ),
    '',
    ...formatTable(
      ['job', 'records', 'failed', 'train', 'val', 'test', 'seconds'].map((title, index) => ({
        title,
        align: index === 0 ? 'left' : 'right',
      })),
      [
        [job.id, job.records, job.failed, job.splits.train, job.splits.val, job.splits.test, job.seconds].map(
          String,
        ),
      ],
    ),
    '',
    ...formatTable(
      [
        { title: 'function' },
        { title: 'peak MiB', align: 'right' },
        { title: 'limit MiB', align: 'right' },
        { title: 'cold start ms', align: 'right' },
      ],
      memory.map((one) => [
        one.function,
        one.peakMiB === null ? 'not run' : one.peakMiB.toFixed(1),
        String(one.limitMiB),
        one.coldStartMs === null ? '' : String(one.coldStartMs),
      ]),
    ),
    '',
  ].map((line) => (line === '' ? line : INDENT + line));
}

export interface WhatNext {
  readonly pillbox: Pick<LocalPillbox, 'edge' | 'bucket'>;
  /** The folder of all state, which commands must name where it is not the usual one. */
  readonly data: string;
  readonly summary: Summary;
  readonly endpoints: readonly Endpoint[];
}

/** Addresses to open and commands to try, ready to be copied. */
export function whatNextLines({ pillbox, data, summary, endpoints }: WhatNext): string[] {
  const { edge, bucket } = pillbox;
  const where = data === DEFAULT_DATA ? '' : ` --data ${data}`;
  const first = endpoints[0];
  const out = `gs://${bucket}/jobs/${summary.job.id}/out/`;
  return [
    'Open',
    `  ${edge}/`,
    ...[...new Set(endpoints.map((one) => one.function))].map((name) => `  ${edge}/${name}/docs`),
    'Try, in another terminal',
    ...(first === undefined
      ? []
      : [
          `  curl -s ${edge}${first.path} \\`,
          `    -H 'content-type: application/json' \\`,
          `    -d '${JSON.stringify(first.example)}'`,
        ]),
    `  npx pillbox status ${summary.job.id}${where}`,
    `  npx pillbox ls -l ${out}${where}`,
    `  npx pillbox cp -r ${out} ./out${where}`,
    '',
    'Pillbox is up. Ctrl-C stops it.',
  ];
}

/** The class and its probability, where the answer has them, and whether they mean anything. */
function answerText(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const { prediction, probability, title, outputs, fused, demoNotice } = body as Record<string, unknown>;
  if (Array.isArray(outputs)) return outputs.map(outputText).filter(Boolean).join(', ');
  const demo = demoNotice === undefined ? '' : ' (demo weights)';
  if (typeof prediction === 'string' && typeof probability === 'number') {
    return `${prediction}, ${probability.toFixed(3)}${demo}`;
  }
  if (typeof fused === 'object' && fused !== null) return answerText({ ...fused, prediction: 'fused' });
  return typeof title === 'string' ? title : '';
}

/** One value of an answer in the Open Inference Protocol: `0.609`, `diabetes`. */
function outputText(output: unknown): string {
  if (typeof output !== 'object' || output === null || !('data' in output) || !Array.isArray(output.data))
    return '';
  const [value] = output.data;
  return typeof value === 'number' ? value.toFixed(3) : String(value ?? '');
}
