/** Reads a request off the words of a command line: METHOD path [body|@file] [--header "name: value"] [--example]. */

import { extname } from 'node:path';
import { CommandError, EXIT } from '../command-error.ts';
import { pathAtFunction } from '../openapi-examples.ts';

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'file'; readonly file: string }
  /** The example of the function's own OpenAPI document. */
  | { readonly kind: 'example' };

export interface RequestWords {
  readonly method: string;
  /** At the function itself, query included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody;
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/;
const JSON_TYPE = 'application/json';
const TYPES: Readonly<Record<string, string>> = {
  '.json': JSON_TYPE,
  '.jsonl': 'application/x-ndjson',
  '.csv': 'text/csv',
  '.txt': 'text/plain',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.tif': 'image/tiff',
  '.tiff': 'image/tiff',
  '.dcm': 'application/dicom',
};

/** Throws a CommandError (2) that says what is wrong, without the body. */
export function parseRequestWords(words: readonly string[], name: string): RequestWords {
  const plain: string[] = [];
  const headers: Record<string, string> = {};
  let wantsExample = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    if (word === '--example') wantsExample = true;
    else if (word === '--header' || word === '-H') {
      index += 1;
      const [header, value] = parseHeader(words[index]);
      headers[header] = value;
    } else plain.push(word);
  }
  const [method = '', path = '', text, ...tooMany] = plain;
  if (!METHODS.includes(method)) throw usage(`the request must begin with one of ${METHODS.join(', ')}`);
  if (!path.startsWith('/')) throw usage('after the method comes a path, which begins with /');
  if (tooMany.length > 0) throw usage('after the path comes one body, in quotes');
  if (wantsExample && text !== undefined) throw usage('name a body, or --example, not both');
  const body = parseBody(text, wantsExample);
  if (body.kind !== 'none' && (method === 'GET' || method === 'HEAD')) throw usage(`${method} has no body`);
  const type = contentType(body);
  return {
    method,
    path: pathAtFunction(path, name),
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
    body,
  };
}

function parseBody(text: string | undefined, wantsExample: boolean): RequestBody {
  if (wantsExample) return { kind: 'example' };
  if (text === undefined) return { kind: 'none' };
  return text.startsWith('@') ? { kind: 'file', file: text.slice(1) } : { kind: 'text', text };
}

function contentType(body: RequestBody): string | undefined {
  if (body.kind === 'none') return undefined;
  if (body.kind !== 'file') return JSON_TYPE;
  return TYPES[extname(body.file).toLowerCase()] ?? 'application/octet-stream';
}

function parseHeader(text = ''): [name: string, value: string] {
  const [, header, value] = HEADER.exec(text) ?? [];
  if (header === undefined || value === undefined) throw usage('--header: write "name: value"');
  return [header.toLowerCase(), value];
}

function usage(message: string): CommandError {
  return new CommandError(
    EXIT.usage,
    `${message}; for example: pillbox profile heart -- POST /tabular --example`,
  );
}
