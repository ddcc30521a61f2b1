/** The join box under its limit: a full-size table, and the largest partition that is accepted. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { expect, test } from 'vitest';
import functionConfig from '../../functions/join/function.json' with { type: 'json' };
import { PARTITION_LIMIT_BYTES } from '../../functions/join/join-partition.ts';
import { runScan } from '../../functions/join/run-scan.ts';
import { findOrMakePlan } from '../../functions/plan/make-plan.ts';
import { startCloudProcess } from '../../infra/local/cloud-process.ts';
import { boxProcessOptions } from '../../infra/local/supervisor/box-process-options.ts';
import { repair } from '../../shared/pipeline/fan-in.ts';
import { scanFanIn } from '../../shared/pipeline/join-markers.ts';
import type { JoinPlan } from '../../shared/pipeline/join-plan.ts';
import { joinPlanName } from '../../shared/pipeline/object-names.ts';
import type { JobRef } from '../../shared/pipeline/stage-tasks.ts';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import type { ObjectStore } from '../../shared/storage/object-store.ts';
import { COLUMNS, TABLE_NAMES } from '../fixtures/tables/random-tables.ts';
import { makeCloudDir } from './cloud-main.ts';

/** The rows of vitalsign.csv.gz in MIMIC-IV-ED. */
const VITAL_ROWS = 1_564_610;
/** What is left below the limit. */
const SPARE_MIB = 40;
const TIMEOUT_MS = 300_000;
const JOIN_PROCESS = `${import.meta.dirname}/../fixtures/pipeline/join-process.ts`;

interface Measured {
  readonly outcome: string;
  readonly idleMiB: number;
  readonly peakMiB: number;
  readonly cpuSeconds: number;
}

const onLinux = test.skipIf(!existsSync('/proc/self/status'));

/** Rows in pieces of a thousand, compressed. */
function table(
  columns: readonly string[],
  rows: number,
  rowOf: (i: number) => string,
): AsyncIterable<Uint8Array> {
  const text = (function* () {
    yield `${columns.join(',')}\n`;
    for (let from = 0; from < rows; from += 1000) {
      const count = Math.min(1000, rows - from);
      yield Array.from({ length: count }, (_, i) => `${rowOf(from + i)}\n`).join('');
    }
  })();
  return Readable.from(text, { objectMode: false }).pipe(createGzip({ level: 1 }));
}

async function openCase(tables: Partial<Record<string, AsyncIterable<Uint8Array>>>, partitions: number) {
  const cloud = await startCloudProcess({
    dir: await makeCloudDir(),
    port: 0,
    config: { buckets: ['pillbox'] },
    onLine: (line) => console.error(line),
    onDeath: () => {},
  });
  const store = openGoogleStore({ endpoint: cloud.origin })('pillbox');
  for (const [name, columns] of Object.entries(COLUMNS)) {
    await store.create(`${TABLE_NAMES[name]}`, tables[name] ?? `${columns.join(',')}\n`);
  }
  const join = { tables: TABLE_NAMES, images: 'i/{dicom_id}', reports: 'r/{study_id}' };
  const { generation } = await store.create('jobs/demo/job.json', JSON.stringify({ id: 'demo', join }));
  const ref: JobRef = { bucket: 'pillbox', job: 'demo', generation };
  const plan = await planOf(store, ref, partitions);
  const run = async (stage: 'scan' | 'partition', number: number): Promise<Measured> => {
    const { nodeFlags, env } = boxProcessOptions(functionConfig.memoryMiB);
    const args = [...nodeFlags, JOIN_PROCESS, cloud.origin, generation, stage, String(number)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
    const measured: Measured = JSON.parse(stdout);
    if (process.env['PILLBOX_TEST_FIGURES'] === '1') console.log(stage, number, measured);
    return measured;
  };
  return { store, ref, plan, run, kill: () => cloud.kill() };
}

async function planOf(store: ObjectStore, ref: JobRef, partitions: number): Promise<JoinPlan> {
  const planned = await findOrMakePlan(() => store, ref, 'test');
  if (planned === undefined || !('joinPlan' in planned)) throw new Error('there is no join');
  const plan = { ...planned.joinPlan, partitions };
  await store.create(joinPlanName(ref), JSON.stringify(plan));
  return plan;
}

onLinux(
  'a scan of all vital signs of MIMIC-IV-ED stays well under the limit',
  async () => {
    const row = (i: number) => {
      const [subject, stay] = [10_000_000 + (i >> 3) * 7, 30_000_000 + (i >> 2) * 3];
      return `2180-05-0${(i % 9) + 1} 1${i % 10}:00:00,${subject},${stay},98.${i % 10},${60 + (i % 90)},18,97,1${i % 100},70,${i % 11},Sinus Rhythm`;
    };
    const vitalsign = table(COLUMNS.vitalsign, VITAL_ROWS, row);
    const { plan, run, kill } = await openCase({ vitalsign }, 50);
    const { outcome, peakMiB, cpuSeconds } = await run('scan', plan.scans.indexOf('vitalsign'));
    await kill();
    expect(outcome).toBe('done');
    expect(peakMiB).toBeLessThan(functionConfig.memoryMiB - SPARE_MIB);
    expect(cpuSeconds).toBeLessThan(120);
  },
  TIMEOUT_MS,
);

/** One subject has all; `count` visits, each with a study of its own. */
async function onePartition(count: number): Promise<Measured> {
  const day = (i: number) => new Date(Date.UTC(2000, 0, 1 + i)).toISOString().slice(0, 10);
  const stay = (i: number) => `10000032,${30_000_000 + i}`;
  const dicom = (i: number) => `${String(i).padStart(8, '0')}-bde0afdd-112c0b34-7bc16630-4e384014`;
  const tables = {
    edstays: table(
      COLUMNS.edstays,
      count,
      (i) =>
        `${30_000_000 + i},10000032,${day(i)} 20:00:00,${day(i)} 10:00:00,WHITE - OTHER EUROPEAN,F,AMBULANCE`,
    ),
    triage: table(COLUMNS.triage, count, (i) => `${stay(i)},Chest pain ${i},98.6,80,16,98,120,80,5,3`),
    vitalsign: table(
      COLUMNS.vitalsign,
      3 * count,
      (i) => `${day(i)} 11:00:00,${stay(i % count)},98.6,80,16,98,120,80,5,`,
    ),
    chexpert: table(COLUMNS.chexpert, count, (i) => `10000032,${50_000_000 + i}${',1.0'.repeat(14)}`),
    metadata: table(
      COLUMNS.metadata,
      count,
      (i) => `${dicom(i)},10000032,${50_000_000 + i},PA,${day(i).replaceAll('-', '')},120000.5,2544`,
    ),
  };
  const { store, ref, plan, run, kill } = await openCase(tables, 1);
  const join = { store, ref, run: { job: ref.job, generation: ref.generation }, plan };
  for (const scan of plan.scans.keys())
    await runScan({ openStore: () => store, codeVersion: 'test' }, join, scan);
  await repair(store, scanFanIn(plan));
  const measured = await run('partition', 0);
  await kill();
  return measured;
}

onLinux(
  'a partition that is as large as is accepted stays under the limit, though it is of one subject',
  async () => {
    const { outcome, peakMiB } = await onePartition(36_000);
    expect(outcome).toBe('done');
    expect(peakMiB).toBeLessThan(functionConfig.memoryMiB - SPARE_MIB);
  },
  TIMEOUT_MS,
);

onLinux(
  'one that is larger is refused, with what it would take',
  async () => {
    const { outcome, peakMiB } = await onePartition(60_000);
    expect(outcome).toMatch(/^partition 0 has \d+ bytes of rows; the first \d+ rows take/);
    expect(outcome).toContain(String(PARTITION_LIMIT_BYTES));
    expect(peakMiB).toBeLessThan(functionConfig.memoryMiB - SPARE_MIB);
  },
  TIMEOUT_MS,
);
