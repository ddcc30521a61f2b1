/** What the cells of a table say: ids, times, numbers and words, with whatever cannot be right counted as missing. */

/** Longer texts are cut: a manifest line takes no more. */
const TEXT_LIMIT = 2000;
const ID_PATTERN = /^\d{1,15}$/;
/** It becomes a part of an object's name. */
const DICOM_PATTERN = /^(?!\.+$)[\w.-]{1,128}$/;
const NUMBER_PATTERN = /^[+-]?(?:\d{1,15}(?:\.\d*)?|\.\d+)$/;
const TIME_PATTERN = /^(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/;

/** Counts by dotted name, such as `triage.sbp.implausible`. */
export class Counter {
  readonly #counts = new Map<string, number>();

  add(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount);
  }

  /** In the order of names. */
  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** Counts what is wrong with the cells of one column. */
export interface ColumnCounts {
  missing(): void;
  /** Not a number, not a date. */
  unreadable(): void;
  /** A number or date that cannot be right. */
  implausible(): void;
}

/** The id without leading zeros; undefined when it is not a whole number of at most 15 digits. */
export function readId(cell: string): string | undefined {
  if (!ID_PATTERN.test(cell)) return undefined;
  return cell.startsWith('0') ? String(Number(cell)) : cell;
}

export function readDicomId(cell: string): string | undefined {
  return DICOM_PATTERN.test(cell) ? cell : undefined;
}

/** Its decimal text; empty when it is missing, or cannot be right. */
export function readNumber(cell: string, range: { min: number; max: number }, column: ColumnCounts): string {
  if (cell === '') {
    column.missing();
    return '';
  }
  if (!NUMBER_PATTERN.test(cell)) {
    column.unreadable();
    return '';
  }
  const value = Number(cell);
  if (value >= range.min && value <= range.max) return String(value);
  column.implausible();
  return '';
}

/** `2180-05-06 19:17:00` as seconds since 1970, as text; empty when there is no such time. */
export function readTime(cell: string, column: ColumnCounts): string {
  if (cell === '') {
    column.missing();
    return '';
  }
  const match = TIME_PATTERN.exec(cell);
  if (match === null) {
    column.unreadable();
    return '';
  }
  const [, year, month, day, hour, minute, second = '0'] = match;
  return timeText([year, month, day, hour, minute, second].map(Number), column);
}

/** As in DICOM: `21800506` and `213014.531`, whose fraction is dropped and whose leading zeros may be missing. */
export function readStudyTime(date: string, time: string, column: ColumnCounts): string {
  if (date === '' || time === '') {
    column.missing();
    return '';
  }
  const days = /^(\d{4})(\d{2})(\d{2})$/.exec(date);
  const whole = /^(\d{1,6})(?:\.\d*)?$/.exec(time)?.[1];
  const clock = whole === undefined ? null : /^(\d{2})(\d{2})(\d{2})$/.exec(whole.padStart(6, '0'));
  if (days === null || clock === null) {
    column.unreadable();
    return '';
  }
  return timeText([...days.slice(1), ...clock.slice(1)].map(Number), column);
}

/** One line without control characters, at most 2,000 long; empty when there is nothing in it. */
export function readWords(cell: string, column: ColumnCounts): string {
  const words = cell.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
  if (words === '') column.missing();
  return words.length > TEXT_LIMIT ? words.slice(0, TEXT_LIMIT).toWellFormed() : words;
}

function timeText(parts: readonly number[], column: ColumnCounts): string {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal =
    year >= 1000 &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day &&
    date.getUTCHours() === hour &&
    date.getUTCMinutes() === minute &&
    date.getUTCSeconds() === second;
  if (isReal) return String(date.getTime() / 1000);
  column.implausible();
  return '';
}
