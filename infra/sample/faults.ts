/** Which records of a sample are spoilt on purpose, and how: a pipeline is only trusted once it has met bad input. */

/** image-corrupt: the JPEG ends half way · image-missing: no such file · line-malformed: the manifest's line is cut. */
export type Fault = 'image-corrupt' | 'image-missing' | 'line-malformed';

const FAULTS: readonly Fault[] = ['image-corrupt', 'image-missing', 'line-malformed'];

/** Of `records` records `faulty` are spoilt, spread evenly, the faults in turn. Throws a RangeError for more than there are. */
export function planFaults(records: number, faulty: number): (record: number) => Fault | undefined {
  if (faulty > records) throw new RangeError(`faulty: at most ${records}, as there are ${records} records`);
  return (record) => {
    const turn = Math.floor((record * faulty) / records);
    const isFirstOfTurn = record === 0 ? faulty > 0 : Math.floor(((record - 1) * faulty) / records) < turn;
    return isFirstOfTurn ? FAULTS[turn % FAULTS.length] : undefined;
  };
}

/** A picture as a broken transfer leaves it. */
export function cutImage(jpeg: Uint8Array): Uint8Array {
  return jpeg.subarray(0, Math.floor(jpeg.byteLength * 0.4));
}

/** A line without its end: no longer JSON. */
export function cutLine(line: string): string {
  return line.slice(0, Math.floor(line.length * 0.6));
}
