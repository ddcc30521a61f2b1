/** The batch pipeline from tables to tars: CPU of a record beside the least it can be, memory at several sizes, bytes. */

import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withTemporaryFolder } from '../../infra/cli/temporary-folder.ts';
import { measureCombine } from '../fixtures/pipeline/combine-traffic.ts';
import type { Figure } from './figures.ts';
import { benchRecordBytes } from './pipeline-bytes.ts';
import { makeSample, type PipelineRun, runPipeline, STEPS } from './pipeline-run.ts';

/** 107,949 takes an hour or so on two cores: PILLBOX_BENCH_RECORDS=1000,10000,107949 has all three. */
const SIZES = (process.env['PILLBOX_BENCH_RECORDS'] ?? '1000').split(',').map(Number);
const DISTINCT_IMAGES = 24;
const FLOOR_ROUNDS = 6;
/** Each image twice, to tell the bytes of a record. */
const BYTES_RECORDS = 2 * DISTINCT_IMAGES;
const TRAFFIC_IMAGE_SIZE = 160;
const FLOOR_RATIO_TARGET = 1.5;
const BYTES_TARGET = 400_000;
const PEAK_TARGET_MIB = 256;
const FLOOR_PROCESS = join(import.meta.dirname, 'pipeline-floor-process.ts');
const SAMPLES = process.env['PILLBOX_BENCH_SAMPLES'];

export async function benchPipeline(): Promise<Figure[]> {
  const figures: Figure[] = [...(await combineFigures()), ...(await byteFigures())];
  for (const records of SIZES) {
    await withTemporaryFolder(await mkdtemp(join(tmpdir(), 'pillbox-bench-')), async (dir) => {
      const sample = await makeSample(join(SAMPLES ?? dir, `sample-${records}`), records, DISTINCT_IMAGES);
      const before = await floorMs(sample.images);
      const run = await runPipeline(sample, records, dir);
      figures.push(...describe(run, Math.min(before, await floorMs(sample.images))));
    });
  }
  return figures;
}

/** Counted at the port to storage, on a small job in memory; `….@N` below is counted on the wire of each whole run. */
async function combineFigures(): Promise<Figure[]> {
  const { recordBytes, readBytes, writtenBytes, tarBytes } = await measureCombine(TRAFFIC_IMAGE_SIZE);
  return [
    { name: 'combine.recordBytesThrough', value: recordBytes, unit: 'B', target: 0 },
    { name: 'combine.bytesThrough', value: readBytes + writtenBytes, unit: 'B' },
    { name: 'combine.tarBytes', value: tarBytes, unit: 'B' },
  ];
}

async function byteFigures(): Promise<Figure[]> {
  return await withTemporaryFolder(await mkdtemp(join(tmpdir(), 'pillbox-bench-')), async (dir) => {
    await makeSample(dir, BYTES_RECORDS, DISTINCT_IMAGES);
    return await benchRecordBytes(dir);
  });
}

/** As many processes at once as the job has shards: two that share a core slow each other. */
async function floorMs(images: readonly string[]): Promise<number> {
  const args = [FLOOR_PROCESS, '518', String(FLOOR_ROUNDS), ...images];
  const runs = Array.from({ length: availableParallelism() }, () =>
    promisify(execFile)(process.execPath, args),
  );
  const outputs = await Promise.all(runs);
  return outputs.reduce((sum, { stdout }) => sum + Number(stdout), 0) / outputs.length;
}

function describe(run: PipelineRun, floor: number): Figure[] {
  const { records, seconds, joinSeconds, peakMiB, shardCpuMs, outputBytes, combineTraffic } = run;
  const at = `@${records}`;
  const perRecordMs = shardCpuMs / records;
  return [
    { name: `pipeline.shardCpuMs${at}`, value: perRecordMs, unit: 'ms/record', baseline: floor },
    { name: `pipeline.floorRatio${at}`, value: perRecordMs / floor, unit: '', target: FLOOR_RATIO_TARGET },
    { name: `pipeline.recordsPerSecond${at}`, value: records / seconds, unit: '1/s' },
    { name: `pipeline.seconds${at}`, value: seconds, unit: 's' },
    { name: `pipeline.joinSeconds${at}`, value: joinSeconds, unit: 's' },
    { name: `pipeline.bytesPerRecord${at}`, value: outputBytes / records, unit: 'B', target: BYTES_TARGET },
    { name: `combine.recordBytesThrough${at}`, value: combineTraffic.recordBytes, unit: 'B', target: 0 },
    { name: `combine.bytesThrough${at}`, value: combineTraffic.bytes, unit: 'B' },
    ...STEPS.map((step) => ({
      name: `pipeline.peakMiB.${step}${at}`,
      value: peakMiB[step],
      unit: 'MiB',
      target: PEAK_TARGET_MIB,
    })),
  ];
}
