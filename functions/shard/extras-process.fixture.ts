/** Makes the extras of many rows in a process of its own, and prints how long that took and its peak memory. */

import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { CHEXPERT_LABELS } from '../../shared/pipeline/chexpert-labels.ts';
import { CLINICAL_FEATURES } from '../../shared/pipeline/clinical-features.ts';
import { rowOf } from '../../shared/pipeline/dataset-row.ts';
import { parseJob } from '../../shared/pipeline/job.ts';
import { rowsName } from '../../shared/pipeline/object-names.ts';
import { type Plan, runOf } from '../../shared/pipeline/plan-document.ts';
import { splitOf } from '../../shared/pipeline/split.ts';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { goThroughRows } from './extras-rows.ts';

/** Some 64 KiB. */
const ROWS_PER_CHUNK = 160;

const records = Number(process.argv[2]);
const job = parseJob({ id: 'demo', manifest: 'm.jsonl', parquet: true });
const counts = { train: 0, val: 0, test: 0, failed: 0 };

function* rows(): Iterable<Buffer> {
  for (let position = 0; position < records; position++) {
    const line = {
      subject_id: 10_000_000 + Math.floor(position / 1.7),
      study_id: 50_000_000 + position,
      stay_id: 30_000_000 + position,
      view: 'AP',
      clinical: Object.fromEntries(
        CLINICAL_FEATURES.map(({ name, min }, i) => [name, min + ((position * i) % 7)]),
      ),
      labels: Object.fromEntries(
        CHEXPERT_LABELS.map((label, i) => [label, (position + i) % 5 === 0 ? 1 : null]),
      ),
    };
    const split = splitOf({ job, records }, position, line) ?? 'test';
    yield Buffer.from(`${JSON.stringify(rowOf(position, split, line))}\n`);
  }
}

/** As from a network: in chunks, each after a turn of the event loop. */
async function* arriving(): AsyncGenerator<Buffer> {
  let chunk: Buffer[] = [];
  for (const row of rows()) {
    chunk.push(row);
    if (chunk.length < ROWS_PER_CHUNK) continue;
    await setImmediate();
    yield Buffer.concat(chunk);
    chunk = [];
  }
  yield Buffer.concat(chunk);
}

const memory = createMemoryStore();
const plan: Plan = {
  job,
  jobGeneration: '1',
  codeVersion: 'test',
  records,
  shards: 1,
  manifest: { bucket: 'b', name: 'm.jsonl', generation: '1', sizeBytes: 1, crc32c: '' },
  index: { name: 'index', generation: '1' },
};
const name = rowsName(runOf(plan));
for (const bytes of rows()) counts[JSON.parse(String(bytes)).split as 'train']++;
let tableBytes = 0;
/** Rows come from a generator and the table goes nowhere: what is measured must not be the test's own copy. */
const store: ObjectStore = {
  ...memory,
  stat: async (asked) =>
    asked === name ? { name, generation: '1', sizeBytes: 1, crc32c: '', contentType: undefined } : undefined,
  read: arriving,
  async create(created, body) {
    for await (const chunk of body as AsyncIterable<Uint8Array>) tableBytes += chunk.byteLength;
    return { name: created, generation: '1', sizeBytes: tableBytes, crc32c: '', contentType: undefined };
  },
};
const startMs = performance.now();
const { proof } = await goThroughRows({ store, plan }, counts);
const [, peakKiB] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
console.log(
  JSON.stringify({
    records,
    subjects: proof.splits.train.subjects + proof.splits.val.subjects + proof.splits.test.subjects,
    seconds: (performance.now() - startMs) / 1000,
    peakMiB: Number(peakKiB) / 1024,
    tableBytes,
  }),
);
