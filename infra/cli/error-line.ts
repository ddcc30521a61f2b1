/** An error as one line for a person. */

import { printable } from './printable.ts';

/** The first line of its message, safe for a terminal; never its stack. */
export function errorLine(error: unknown): string {
  const message = error instanceof Error && error.message !== '' ? error.message : String(error);
  return printable(message.split('\n', 1)[0] ?? '');
}
