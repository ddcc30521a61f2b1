/** The peak memory of the boxes, where a Pillbox on this machine runs them. */

import type { CloudOptions } from '../cloud-options.ts';
import type { BoxReading } from '../top/read-boxes.ts';

/** By the name of a box, since it was first started. */
export type Peaks = ReadonlyMap<string, { readonly peakMiB: number; readonly limitMiB: number }>;

export type ReadPeaks = () => Promise<Peaks>;

const NONE: Peaks = new Map();

/** What it gives back never rejects: empty where nothing says, as on Google Cloud, or no longer. */
export async function openPeaks({ google, endpoint, data }: CloudOptions): Promise<ReadPeaks> {
  if (google === true) return async () => NONE;
  const { readRunFile } = await import('../../local/run-file.ts');
  const running = await readRunFile(data);
  const asked = endpoint ?? process.env['PILLBOX_CLOUD_ENDPOINT'];
  if (running === undefined || (asked !== undefined && asked !== running.cloud)) return async () => NONE;
  const { readBoxes } = await import('../top/read-boxes.ts');
  return async () => {
    const reading = await readBoxes(running.boxes).catch(() => undefined);
    return reading === undefined ? NONE : peaksOf(reading.boxes);
  };
}

function peaksOf(boxes: readonly BoxReading[]): Peaks {
  const used = boxes.filter(({ peakMiB }) => peakMiB > 0);
  return new Map(used.map((box) => [box.function, { peakMiB: box.peakMiB, limitMiB: box.limitMiB }]));
}
