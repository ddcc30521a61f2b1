/** What is wrong with a data set: all of it counted, the first of it told. */

/** A tar of another data set would give a line for each of its samples. */
const TOLD = 50;

export class Problems {
  readonly told: string[] = [];
  count = 0;

  /** @param text names fields, keys and limits, never a value of a patient. */
  add(file: string, text: string): void {
    this.count += 1;
    if (this.told.length < TOLD) this.told.push(`${file}: ${text}`);
  }
}
