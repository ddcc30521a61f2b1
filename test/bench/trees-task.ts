/** What the processes of the tree benchmark are told, and what they answer; both travel as JSON. */

import * as z from 'zod';

/** More than a service would read. */
export const MAX_CHARS = 400 * 1024 * 1024;

const taskSchema = z.object({
  ensemble: z.object({
    seed: z.number(),
    trees: z.number(),
    depth: z.number(),
    features: z.number(),
    stops: z.number(),
  }),
  json: z.string(),
  onnx: z.string(),
  engine: z.enum(['walker', 'onnx']).default('walker'),
});
export type TreesTask = z.infer<typeof taskSchema>;

const answerSchema = z.object({
  loadMs: z.number(),
  /** One row, warm. */
  rowUs: z.number(),
  /** All rows, warm. */
  batchUs: z.number(),
  /** What loading and predicting added to the process, after a garbage collection. */
  residentBytes: z.number(),
  /** The most that was resident before it, and ever: loading included. */
  barePeakBytes: z.number(),
  peakBytes: z.number(),
  /** Of each row. */
  margins: z.array(z.number()),
  arraysBytes: z.number().optional(),
  explainUs: z.number().optional(),
});
export type TreesAnswer = z.infer<typeof answerSchema>;

export function parseTreesTask(text = ''): TreesTask {
  return taskSchema.parse(JSON.parse(text));
}

export function parseTreesAnswer(text: string): TreesAnswer {
  return answerSchema.parse(JSON.parse(text));
}
