/** Measures a model's load and runs in a process that is started as a box of a given limit would be. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { OnnxModelFile } from '../../shared/images/onnx-session.ts';
import { boxProcessOptions } from '../local/supervisor/box-process-options.ts';

const PROCESS = join(import.meta.dirname, 'models-measure-process.ts');
/** A model that takes longer to load and run a few times serves nobody. */
const LONGEST_MS = 300_000;

export interface MeasureJob {
  readonly model: OnnxModelFile;
  readonly dims: readonly number[];
  readonly runs: number;
  /** As ONNX Runtime loads a model by itself. */
  readonly runtimeDefaults?: boolean;
}

const measurementSchema = z.strictObject({
  loadedFrom: z.enum(['packed', 'plain']),
  loadMs: z.number(),
  firstRunMs: z.number(),
  /** The median of all runs. */
  runMs: z.number(),
  residentBytes: z.number(),
  /** The most that the whole process ever held, Node included. */
  peakBytes: z.number(),
  anonymousBytes: z.number().optional(),
  /** To the probe; null where it was no number. */
  answer: z.array(
    z
      .number()
      .nullable()
      .transform((value) => value ?? Number.NaN),
  ),
});

export type Measurement = z.infer<typeof measurementSchema>;

/** Rejects when the model does not load or run. */
export async function measureModel(job: MeasureJob, limitMiB: number): Promise<Measurement> {
  const { nodeFlags, env } = boxProcessOptions(limitMiB);
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...nodeFlags, PROCESS, JSON.stringify(job)],
      { env: { ...process.env, ...env }, timeout: LONGEST_MS },
    );
    return measurementSchema.parse(JSON.parse(stdout));
  } catch (cause) {
    throw new Error(`the model could not be measured: ${reason(cause)}`, { cause });
  }
}

function reason(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  return /^\w*Error: (.*)$/m.exec(text)?.[1] ?? 'its process ended early';
}
