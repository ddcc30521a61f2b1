/** The peak memory of the boxes, where a Pillbox on this machine runs them. */

import type { CloudOptions } from '../cloud-options.ts';
import type { BoxReading } from '../top/read-boxes.ts';

/** By the name of a box, since it was first started. */
export type Peaks = ReadonlyMap<string, { readonly peakMiB: number; readonly limitMiB: number }>;

export type ReadPeaks = () => Promise<Peaks>;

const NONE: Peaks = new Map();

/**
 * What it gives back never rejects: empty where nothing says, or no longer.
 * @param note is told, once, why nothing will be shown: it is a supervisor that measures, and only the one here is asked.
 */
export async function openPeaks(
  { google, endpoint, data }: CloudOptions,
  note: (line: string) => void = (line) => console.error(`pillbox: ${line}`),
): Promise<ReadPeaks> {
  const boxes = google === true ? undefined : await findBoxes(data, endpoint);
  if (boxes === undefined) {
    const where = google === true ? 'Google Cloud runs the boxes' : `no Pillbox of ${data} runs the boxes`;
    note(`peak memory is not shown: ${where}`);
    return async () => NONE;
  }
  const { readBoxes } = await import('../top/read-boxes.ts');
  return async () => {
    const reading = await readBoxes(boxes).catch(() => undefined);
    return reading === undefined ? NONE : peaksOf(reading.boxes);
  };
}

/** The origin of the boxes of the Pillbox that runs here; undefined where it is another's cloud that is asked. */
async function findBoxes(data: string, endpoint: string | undefined): Promise<string | undefined> {
  const { readRunFile } = await import('../../local/run-file.ts');
  const running = await readRunFile(data);
  const asked = endpoint ?? process.env['PILLBOX_CLOUD_ENDPOINT'];
  if (running === undefined || asked === undefined || asked === '') return running?.boxes;
  // With or without a slash at its end it is the same cloud.
  return URL.canParse(asked) && new URL(asked).origin === running.cloud ? running.boxes : undefined;
}

function peaksOf(boxes: readonly BoxReading[]): Peaks {
  const used = boxes.filter(({ peakMiB }) => peakMiB > 0);
  return new Map(used.map((box) => [box.function, { peakMiB: box.peakMiB, limitMiB: box.limitMiB }]));
}
