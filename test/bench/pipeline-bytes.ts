/** How many bytes a record of a whole job takes in the output, by the options of its image: what the predictions rest on. */

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Job, parseJob } from '../../shared/pipeline/job.ts';
import { createPipelineRun } from '../fixtures/pipeline/pipeline-run.ts';
import { readBytes, readSamples } from '../fixtures/pipeline/read-outputs.ts';
import type { Figure } from './figures.ts';

type ImageFields = Readonly<Record<string, unknown>>;

export interface RecordBytes {
  readonly job: Job;
  /** Of the tars, with headers and padding. */
  readonly bytesPerRecord: number;
  /** Of the contents alone, by suffix: `png`, `mask.png`. */
  readonly parts: Readonly<Record<string, number>>;
}

const IMAGES: readonly (readonly [name: string, image: ImageFields])[] = [
  ['png', {}],
  ['noMask', { mask: false }],
  ['size224', { size: 224 }],
  ['threeChannels', { channels: 3 }],
  ['jpeg', { format: 'jpeg' }],
  ['jpegThreeChannels', { format: 'jpeg', channels: 3 }],
];

/** @param sample a folder of tables, reports and images as `pillbox sample --records` makes it. */
export async function benchRecordBytes(sample: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, image] of IMAGES) {
    const { bytesPerRecord, parts } = await measureRecordBytes(sample, image);
    figures.push({ name: `pipeline.bytes.${name}`, value: bytesPerRecord, unit: 'B/record' });
    if (name !== 'png') continue;
    for (const [suffix, value] of Object.entries(parts)) {
      figures.push({ name: `pipeline.bytes.${name}.${suffix}`, value, unit: 'B/record' });
    }
  }
  return figures;
}

/** Runs the sample's own job with another image, in memory. */
export async function measureRecordBytes(sample: string, image: ImageFields): Promise<RecordBytes> {
  const run = createPipelineRun();
  const request = { ...JSON.parse(await readFile(join(sample, 'job.json'), 'utf8')), id: 'demo', image };
  const job = parseJob(request);
  const metadata = job.join?.tables.metadata ?? '';
  const folder = metadata.slice(0, metadata.lastIndexOf('/') + 1);
  for (const entry of await readdir(sample, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    await run.store.create(folder + relative(sample, path).replaceAll('\\', '/'), await readFile(path));
  }
  await run.store.create('jobs/demo/job.json', JSON.stringify(request));
  await run.announce('demo');
  await run.drive();
  let tarBytes = 0;
  let records = 0;
  const parts: Record<string, number> = {};
  for await (const { name } of run.store.list('jobs/demo/out/')) {
    if (!name.endsWith('.tar')) continue;
    const bytes = await readBytes(run.store, name);
    tarBytes += bytes.byteLength;
    for (const { files } of await readSamples(name, bytes)) {
      records += 1;
      for (const [suffix, content] of Object.entries(files)) {
        parts[suffix] = (parts[suffix] ?? 0) + content.byteLength;
      }
    }
  }
  const perRecord = Object.entries(parts).map(([suffix, bytes]) => [suffix, bytes / records]);
  return { job, bytesPerRecord: tarBytes / records, parts: Object.fromEntries(perRecord) };
}
