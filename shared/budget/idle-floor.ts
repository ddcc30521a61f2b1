/** What a box holds with nothing to do: the least of the latest readings, as one reading may hold garbage. */

export interface IdleFloor {
  observe(heldBytes: number): void;
  /** Of the latest readings. */
  readonly bytes: number;
  /** The lowest ever: what was above it then can never be had. */
  readonly lowestBytes: number;
}

/** A model loaded on first use counts in full after so many; until then the stop level guards by what is measured. */
const READINGS = 16;

export function createIdleFloor(firstBytes: number): IdleFloor {
  const readings: number[] = [firstBytes];
  let bytes = firstBytes;
  let lowestBytes = firstBytes;
  return {
    observe(heldBytes) {
      readings.push(heldBytes);
      if (readings.length > READINGS) readings.shift();
      bytes = Math.min(...readings);
      lowestBytes = Math.min(lowestBytes, heldBytes);
    },
    get bytes() {
      return bytes;
    },
    get lowestBytes() {
      return lowestBytes;
    },
  };
}
