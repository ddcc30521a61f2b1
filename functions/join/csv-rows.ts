/** The rows of a table, as PhysioNet publishes them: CSV, plain or compressed, streamed in bounded memory. */

import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Options, Parser } from 'csv-parse';
import { TerminalError } from '../../shared/errors/terminal-error.ts';

/** The narrowest of these tables has four columns; in a text a line with fewer commas may well be one. */
const NARROWEST = 4;
/** A row of these tables has at most a few hundred bytes. A quote that nobody closes makes one of all that follows. */
const ROW_LIMIT_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

export interface RowReader {
  /** Which columns to give to `row`, and in which order. */
  readonly columns: readonly string[];
  /**
   * @param cells of `columns`, blanks around them taken off; undefined when the row has more or fewer than the header.
   * @param line where the row ends, from 1.
   */
  row(cells: readonly string[] | undefined, line: number): void;
  /** Called between chunks, some thousand rows, for what takes time. */
  pause(): Promise<void>;
}

/**
 * Reads the table once. Throws a TerminalError ('table-invalid') that names the table, and the column or line at fault,
 * and whatever `bytes` and `reader` throw.
 */
export async function readCsvRows(
  table: string,
  bytes: AsyncIterable<Uint8Array>,
  reader: RowReader,
): Promise<void> {
  const { parse } = await import('csv-parse');
  let places: readonly number[] | undefined;
  let width = 0;
  const parser = parse({
    ...CSV_OPTIONS,
    on_record(cells: string[], { lines }) {
      if (places === undefined) {
        width = cells.length;
        places = placesOf(table, cells, reader.columns);
      } else {
        if (cells.some((cell) => swallowsRow(cell, width))) throw notClosed(table, lines);
        const isWhole = cells.length === width;
        reader.row(isWhole ? places.map((place) => (cells[place] ?? '').trim()) : undefined, lines);
      }
      // Nothing to hand on: the rows are used here.
      return null;
    },
  });
  parser.resume();
  parser.on('error', () => {}); // `write` tells
  try {
    for await (const chunk of unpacked(table, bytes)) {
      await write(parser, chunk);
      await reader.pause();
    }
    await end(parser);
  } catch (error) {
    throw asTableError(table, error);
  } finally {
    parser.destroy();
  }
  if (places === undefined) throw invalid(table, 'is empty: it has not even a header');
  await reader.pause();
}

const CSV_OPTIONS: Options<string[]> = {
  bom: true,
  record_delimiter: ['\r\n', '\n'],
  // A quote within a text, as in 5'4", is part of it.
  relax_quotes: true,
  // Told to the reader, not thrown.
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: ROW_LIMIT_BYTES,
};

function write(parser: Parser, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

function end(parser: Parser): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.once('error', reject);
    parser.once('end', resolve);
    parser.end();
  });
}

/** The bytes of the CSV itself. Whether they are compressed is told by themselves, not by the name of the object. */
async function* unpacked(table: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]();
  const start: Uint8Array[] = [];
  let startBytes = 0;
  while (startBytes < GZIP_MAGIC.length) {
    const { value, done } = await source.next();
    if (done === true) break;
    start.push(value);
    startBytes += value.byteLength;
  }
  const whole = (async function* () {
    yield* start;
    yield* { [Symbol.asyncIterator]: () => source };
  })();
  const first = Buffer.concat(start);
  if (GZIP_MAGIC.every((byte, i) => first[i] === byte)) yield* gunzip(table, whole);
  else yield* whole;
}

/** Takes several gzip members one after another for one text, as they are. */
async function* gunzip(table: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  const source = Readable.from(bytes, { objectMode: false, highWaterMark: CHUNK_BYTES });
  pipeline(source, unzip, () => {}); // an error of either ends the iteration below
  try {
    for await (const chunk of unzip) yield chunk as Buffer;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('Z_')) throw error;
    const problem = code === 'Z_BUF_ERROR' ? 'ends early' : 'is damaged';
    throw invalid(table, `${problem}: it is no whole gzip file`, { cause: error });
  }
}

/** Where each column is. The header is not repeated in messages: in a file without one it is a patient's row. */
function placesOf(table: string, header: readonly string[], columns: readonly string[]): number[] {
  const names = header.map((name) => name.trim());
  const missing = columns.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    throw invalid(
      table,
      `has no column ${missing.join(', ')} in its first line (${names.length} columns; names are as PhysioNet writes them)`,
    );
  }
  const twice = columns.filter((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice.length > 0) throw invalid(table, `has column ${twice.join(', ')} twice`);
  return columns.map((column) => names.indexOf(column));
}

function asTableError(table: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('CSV_')) return error;
  const line = 'lines' in error ? `line ${String(error.lines)}: ` : '';
  // The parser's own message repeats what it read.
  const problem =
    error.code === 'CSV_MAX_RECORD_SIZE'
      ? `a row of more than ${ROW_LIMIT_BYTES} bytes: is a quote not closed?`
      : 'a quote is not closed';
  return invalid(table, `is no CSV: ${line}${problem}`);
}

/**
 * A quote that is not closed ends at the next one in the file: all rows between are one text. No text of these tables has
 * a line with so many commas. Taken for a text, they would be lost, and be told as another patient's words.
 */
function swallowsRow(cell: string, width: number): boolean {
  if (!cell.includes('\n')) return false;
  const [, ...rest] = cell.split('\n');
  return width >= NARROWEST && rest.some((line) => line.split(',').length >= width);
}

function notClosed(table: string, line: number): TerminalError {
  return invalid(table, `is no CSV: line ${line}: a quote is not closed`);
}

function invalid(table: string, problem: string, options?: ErrorOptions): TerminalError {
  return new TerminalError('table-invalid', `table ${table} ${problem}`, options);
}
