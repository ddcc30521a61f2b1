/** multipart/form-data (RFC 7578) over a body that is in memory: parts are views of it, nothing is copied. */

import { HttpProblem } from '../http/problem.ts';

/** A form of all inputs of a model has a few dozen. */
const MAX_PARTS = 128;
const MAX_HEADER_BYTES = 4096;

export interface Part {
  readonly name: string;
  /** A view of the body. */
  readonly bytes: Uint8Array;
}

/** Throws HttpProblem 400 ('multipart-invalid') that says what is wrong with the body. */
export function readParts(body: Uint8Array, contentType: string): Part[] {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const delimiter = `--${boundaryOf(contentType)}`;
  const parts: Part[] = [];
  let at = buffer.indexOf(delimiter, 0, 'latin1');
  // What comes before the first delimiter is a preamble, and it begins a line.
  if (at !== 0 && at !== -1 && buffer.toString('latin1', at - 2, at) !== '\r\n') at = -1;
  if (at === -1) throw invalid('its boundary does not occur in the body');
  for (;;) {
    at += delimiter.length;
    if (buffer.toString('latin1', at, at + 2) === '--') return parts;
    if (buffer.toString('latin1', at, at + 2) !== '\r\n') throw invalid('a boundary does not end its line');
    if (parts.length === MAX_PARTS) throw invalid(`it has more than ${MAX_PARTS} parts`);
    const end = buffer.indexOf(`\r\n${delimiter}`, at, 'latin1');
    if (end === -1) throw invalid('its last boundary is missing');
    parts.push(readPart(buffer.subarray(at, end)));
    at = end + 2;
  }
}

/** @param bytes from the line break before the headers on. */
function readPart(bytes: Buffer): Part {
  const blank = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\r\n\r\n', 0, 'latin1');
  if (blank === -1) throw invalid('a part has no end of its headers');
  const headers = bytes.toString('utf8', 0, blank);
  const name = /^content-disposition:[^\r\n]*?[;\s]name="([^"\r\n]*)"/im.exec(headers)?.[1];
  if (name === undefined) throw invalid('a part has no name');
  if (/^content-transfer-encoding:\s*(base64|quoted-printable)/im.test(headers)) {
    throw invalid('a part has a content-transfer-encoding, which forms do not use');
  }
  return { name, bytes: bytes.subarray(blank + 4) };
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw invalid('its content-type states no boundary');
  return boundary;
}

function invalid(what: string): HttpProblem {
  return new HttpProblem(400, 'multipart-invalid', 'Not a form', {
    detail: `the body is not valid multipart/form-data: ${what}`,
  });
}
