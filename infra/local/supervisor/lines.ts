/** The lines of a process's output, as they come. */

import type { Readable } from 'node:stream';

/** A longer line is handed on in pieces, so that a box that prints without end costs no more than this. */
const LINE_MAX_CHARS = 64 * 1024;

/** Calls `onLine` for each line without its end; for the last one too, when the stream ends in the middle of it. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > LINE_MAX_CHARS) {
      onLine(rest);
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
