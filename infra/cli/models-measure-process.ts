/** A process of its own that loads one model, runs it, and reports time and memory: the child of models-measure.ts. */

import { readOwnMemory } from '../../shared/budget/memory-meter.ts';
import { openOnnxSession } from '../../shared/images/onnx-session.ts';
import { probeInput } from '../../shared/images/pack-probe.ts';
import type { MeasureJob, Measurement } from './models-measure.ts';

const job: MeasureJob = JSON.parse(process.argv[2] ?? 'null');

const startedAt = performance.now();
const session = await openOnnxSession(job.model, { runtimeDefaults: job.runtimeDefaults === true });
const loadMs = performance.now() - startedAt;
const times: number[] = [];
let answer = new Float32Array();
for (let run = 0; run < job.runs; run++) {
  const input = probeInput(job.dims);
  const before = performance.now();
  answer = Float32Array.from(await session.run(input, job.dims));
  times.push(performance.now() - before);
}
const { residentBytes, peakBytes, anonymousBytes } = readOwnMemory();
const measurement: Measurement = {
  loadedFrom: session.loadedFrom,
  loadMs,
  firstRunMs: times[0] ?? 0,
  runMs: median(times),
  residentBytes,
  peakBytes,
  anonymousBytes,
  answer: [...answer],
};
console.log(JSON.stringify(measurement));

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
