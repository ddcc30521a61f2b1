/** Reads protobuf out of a file field by field; what is skipped is never read. */

import { readSync } from 'node:fs';
import { TerminalError } from '../errors/terminal-error.ts';

/** Bytes read at a time: the headers of most of a graph's nodes fit in a few of them. */
const WINDOW_BYTES = 64 * 1024;
/** The longest name or shape that is read; weights are skipped. */
const MAX_TEXT_BYTES = 64 * 1024;
/** Bounds the time that a hostile file can take; a real network has some ten thousand. */
const MAX_FIELDS = 2_000_000;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** A part of the file: from `start` to `end`, its first byte not included. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Field {
  readonly number: number;
  /** Of a varint field; NaN otherwise. Exact up to 2^53; negative numbers come out as large ones. */
  readonly value: number;
  /** Of a field that has a length; empty otherwise. */
  readonly span: Span;
}

export class GraphBytes {
  readonly #file: number;
  readonly #window = Buffer.alloc(WINDOW_BYTES);
  #windowStart = 0;
  #windowBytes = 0;
  #fields = 0;

  /** @param file a descriptor that stays open as long as this is used. */
  constructor(file: number) {
    this.#file = file;
  }

  /** The fields of the message at `span`, in the file's order. Throws a TerminalError ('model-invalid'). */
  *fields(span: Span): Generator<Field> {
    let at = span.start;
    while (at < span.end) {
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS) throw invalid(`more than ${MAX_FIELDS} fields`);
      const [tag, afterTag] = this.#varint(at, span.end);
      const number = Math.floor(tag / 8);
      if (number < 1) throw invalid(`a field without a number at byte ${at}`);
      const field = this.#field(number, tag % 8, { start: afterTag, end: span.end });
      at = field.next;
      yield field;
    }
  }

  /** The varints packed in `span`, as repeated numbers are written. */
  packed(span: Span): number[] {
    if (span.end - span.start > MAX_TEXT_BYTES) throw invalid('a list that is too long');
    const values: number[] = [];
    for (let at = span.start; at < span.end; ) {
      const [value, next] = this.#varint(at, span.end);
      values.push(value);
      at = next;
    }
    return values;
  }

  text({ start, end }: Span): string {
    if (end - start > MAX_TEXT_BYTES) throw invalid('a name that is too long');
    const bytes = Buffer.alloc(end - start);
    for (let at = start; at < end; at++) bytes[at - start] = this.#byte(at);
    return bytes.toString('utf8');
  }

  #field(number: number, wireType: number, { start, end }: Span): Field & { next: number } {
    if (wireType === VARINT) {
      const [value, next] = this.#varint(start, end);
      return { number, value, span: { start: next, end: next }, next };
    }
    const [sizeBytes, from] = this.#size(wireType, start, end);
    const next = from + sizeBytes;
    if (next > end)
      throw invalid(`a field at byte ${start} reaches beyond its end: the file may be cut short`);
    return { number, value: Number.NaN, span: { start: from, end: next }, next };
  }

  #size(wireType: number, start: number, end: number): [sizeBytes: number, from: number] {
    if (wireType === BYTES) return this.#varint(start, end);
    if (wireType === FIXED64) return [8, start];
    if (wireType === FIXED32) return [4, start];
    throw invalid(`an unknown kind of field at byte ${start}`);
  }

  /** Seven bits a byte, the lowest first; ten bytes at most. */
  #varint(start: number, end: number): [value: number, next: number] {
    let value = 0;
    for (let at = start; at < Math.min(end, start + 10); at++) {
      const byte = this.#byte(at);
      value += (byte & 127) * 2 ** (7 * (at - start));
      if (byte < 128) return [value, at + 1];
    }
    throw invalid(`a number at byte ${start} that does not end`);
  }

  #byte(at: number): number {
    if (at < this.#windowStart || at >= this.#windowStart + this.#windowBytes) {
      this.#windowStart = at;
      this.#windowBytes = readSync(this.#file, this.#window, 0, WINDOW_BYTES, at);
    }
    const byte = this.#windowBytes === 0 ? undefined : this.#window[at - this.#windowStart];
    if (byte === undefined) throw invalid('the file is cut short');
    return byte;
  }
}

export function invalid(what: string): TerminalError {
  return new TerminalError('model-invalid', `not an ONNX graph that can be read: ${what}`);
}
