/** What a process said of its end, found among the lines that it printed. */

import { printable } from './printable.ts';

const LONGEST = 200;
const THROWN = /^(?:\w+\s)?\w*Error\b.*:/;

/** `: ` and the message of its last error, or its last line; nothing where it printed nothing. */
export function lastWords(lines: readonly string[]): string {
  const found = lines.map(errorOf).findLast((text) => text !== undefined) ?? lines.at(-1);
  return found === undefined ? '' : `: ${printable(found.slice(0, LONGEST))}`;
}

/** Of a line of our own log, or of what Node prints of an error that nobody caught. */
function errorOf(line: string): string | undefined {
  if (THROWN.test(line)) return line;
  const [, message] = /^\{"severity":"ERROR","message":"((?:[^"\\]|\\.)*)"/.exec(line) ?? [];
  return message;
}
