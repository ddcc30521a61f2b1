/** The main job: sample data, one prediction to each model endpoint, one batch job, and what it all took. */

import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ObjectStore } from '../../../shared/storage/object-store.ts';
import type { LocalPillbox } from '../../local/local-pillbox.ts';
import { writeSample } from '../../sample/write-sample.ts';
import { download } from '../copy/download.ts';
import { createCounter } from '../counter.ts';
import { createProgressDisplay } from '../progress-display.ts';
import { sizeText } from '../size-text.ts';
import { followJob, submitDemoJob } from './job.ts';
import { type Endpoint, listEndpoints, predict } from './predictions.ts';
import { summaryLines, whatNextLines } from './report.ts';
import { type JobResult, memoryOf, type PredictionResult, type Summary, writeSummary } from './summary.ts';
import { uploadFolder } from './upload.ts';

export interface MainJobOptions {
  readonly pillbox: LocalPillbox;
  readonly store: ObjectStore;
  readonly data: string;
  readonly patients: number;
  readonly once: boolean;
  /** Where lines go; replaced while a progress line is drawn. */
  readonly screen: { note: (line: string) => void };
  /** Aborts between and within the steps. */
  readonly signal: AbortSignal;
}

const SEED = 'pillbox';
/** The batch job begins with a manifest: there are no tables to join. */
const UNUSED = 'join';

/** Resolves once demo/summary.json is written. Throws when a step fails, or with the signal's reason. */
export async function runMainJob(options: MainJobOptions): Promise<Summary> {
  const { pillbox, data, screen } = options;
  screen.note(`edge   ${pillbox.edge}   model services`);
  screen.note(`cloud  ${pillbox.cloud}   storage, tasks, events`);
  screen.note(
    `boxes  ${pillbox.boxes}   ${pillbox
      .stats()
      .map((one) => one.function)
      .join(', ')}`,
  );
  screen.note(`log    ${join(data, 'pillbox.log')}`);

  const manifest = await prepareSample(options);
  const { endpoints, predictions } = await predictAll(options);
  const { job, over } = await runJob(options, manifest);
  const memory = memoryOf(pillbox.stats(), new Set([UNUSED, ...over]));
  const summary: Summary = { predictions, job, memory };
  const file = join(data, 'demo', 'summary.json');
  await writeSummary(file, summary);
  for (const line of summaryLines(summary)) screen.note(line);
  screen.note(`Summary: ${file}`);
  if (options.once) {
    const out = join(data, 'demo', 'out');
    await rm(out, { recursive: true, force: true });
    await copyOutputs(options.store, job.outputs, out);
    screen.note(`Outputs: ${out}`);
  } else {
    for (const line of whatNextLines({ pillbox, data, summary, endpoints })) screen.note(line);
  }
  return summary;
}

/** Resolves with the name of the manifest's object. */
async function prepareSample({
  pillbox,
  data,
  patients,
  store,
  screen,
  signal,
}: MainJobOptions): Promise<string> {
  const name = `sample-${patients}`;
  const dir = join(data, name);
  const drawing = createCounter(process.stdout, 'sample', 'synthetic studies drawn');
  let made = 0;
  const sample = await writeSample({
    dir,
    patients,
    seed: SEED,
    onProgress({ done, records }) {
      signal.throwIfAborted();
      made = done;
      drawing.show(done, records);
    },
  }).finally(() => drawing.end());
  const how = made === 0 ? 'found' : 'made';
  screen.note(
    `sample ${how}: ${sample.records} synthetic studies of ${patients} patients, ${sizeText(sample.bytes)}, in ${dir}`,
  );
  const prefix = `data/${name}/`;
  const uploading = createCounter(process.stdout, 'bucket', 'files');
  const { uploaded, found } = await uploadFolder(
    store,
    dir,
    { bucket: pillbox.bucket, prefix },
    (done, total) => {
      signal.throwIfAborted();
      uploading.show(done, total);
    },
  ).finally(() => uploading.end());
  screen.note(`bucket ${uploaded} files uploaded, ${found} found, under ${prefix}`);
  return `${prefix}manifest.jsonl`;
}

async function predictAll({ pillbox, screen }: MainJobOptions) {
  const endpoints: Endpoint[] = [];
  const predictions: PredictionResult[] = [];
  for (const name of pillbox.services) {
    for (const endpoint of await listEndpoints(pillbox.edge, name)) {
      endpoints.push(endpoint);
      for (const servedBy of endpoint.places) {
        const result = await predict(pillbox.edge, endpoint, servedBy);
        predictions.push(result);
        screen.note(`POST   ${result.endpoint} at the ${servedBy}: ${result.status} in ${result.ms} ms`);
      }
    }
  }
  return { endpoints, predictions };
}

/** `over`: the functions whose part an earlier start did. */
async function runJob(
  { store, screen, signal }: MainJobOptions,
  manifest: string,
): Promise<{ job: JobResult; over: readonly string[] }> {
  const { id, resumed, earlier, over } = await submitDemoJob(store, manifest);
  if (earlier.length > 0) screen.note(`job    found from before: ${earlier.join(', ')}`);
  screen.note(`job    ${id} ${resumed ? 'found unfinished: it goes on' : 'submitted'}`);
  const display = createProgressDisplay(process.stdout);
  const plainNote = screen.note;
  screen.note = (line) => display.note(line);
  try {
    const job = await followJob(store, id, (progress) => display.update(progress), signal);
    return { job, over };
  } finally {
    display.end();
    screen.note = plainNote;
  }
}

async function copyOutputs(store: ObjectStore, names: readonly string[], dir: string): Promise<void> {
  for (const name of names) {
    const info = await store.stat(name);
    if (info === undefined) throw new Error(`${name} is gone`);
    await download(store, { info, path: join(dir, basename(name)) }, { overwrite: true });
  }
}
