/** Asks the supervisor of a running Pillbox for the figures of its boxes. */

import * as z from 'zod';

/** Its slowest part is asking each instance for its metrics, which it gives a fraction of this. */
const ANSWER_TIMEOUT_MS = 5_000;

const instanceSchema = z.object({
  pid: z.int(),
  state: z.enum(['starting', 'ready', 'ending', 'ended']),
  residentMiB: z.number(),
  anonymousMiB: z.number().optional(),
  peakMiB: z.number(),
  requestsInWork: z.int(),
  uptimeSeconds: z.number(),
  metrics: z.record(z.string(), z.number()).optional(),
});

const boxSchema = z.object({
  function: z.string(),
  limitMiB: z.number(),
  peakMiB: z.number(),
  enforcedBy: z.enum(['cgroup', 'watch']),
  coldStartMs: z.number().optional(),
  requests: z.int(),
  waiting: z.int(),
  restarts: z.int(),
  kills: z.int(),
  recycles: z.int(),
  busyMs: z.number(),
  instances: z.array(instanceSchema),
});

const answerSchema = z.object({ boxes: z.array(boxSchema) });

export type BoxReading = z.infer<typeof boxSchema>;

export interface BoxesReading {
  readonly atMs: number;
  readonly boxes: readonly BoxReading[];
}

/** @param boxes origin of the boxes' front. Rejects when nothing answers there, or something else. */
export async function readBoxes(boxes: string): Promise<BoxesReading> {
  const response = await fetch(`${boxes}/_pillbox/boxes`, {
    // A front that is stopping waits for connections that are kept open.
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return { atMs: Date.now(), ...answerSchema.parse(await response.json()) };
}
