/** Words of WebAssembly's text that the kernels repeat. */

export const get = (name: string): string => `(local.get ${name})`;
export const int = (value: number): string => `(i32.const ${value})`;
export const add = (a: string, b: string): string => `(i32.add ${a} ${b})`;

/** The address of a number of four bytes in a table. */
export const entry = (table: string, index: string): string =>
  add(get(table), `(i32.shl ${index} ${int(2)})`);

/** Goes on with the loop around while `name`, which grows by `step`, is below `end`. */
export const next = (loop: string, name: string, step: number, end: string): string =>
  `(br_if ${loop} (i32.lt_u (local.tee ${name} ${add(get(name), int(step))}) ${get(end)}))`;

const HISTOGRAM_BYTES = 4 * 256;

/**
 * Counts the byte at `$from` and `bank` in the histogram of that number at `$to`, of 256 int32. Those who count into two
 * histograms in turn do so because to add to the same place again at once is slow. Needs a local `$at`.
 */
export const countByte = (bank: number): string => {
  const offset = `offset=${bank * HISTOGRAM_BYTES}`;
  const at = `(local.tee $at ${entry('$to', `(i32.load8_u offset=${bank} ${get('$from')})`)})`;
  return `(i32.store ${offset} ${at} ${add(`(i32.load ${offset} ${get('$at')})`, int(1))})`;
};
