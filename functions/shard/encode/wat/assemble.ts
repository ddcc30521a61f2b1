/**
 * Turns WebAssembly's text format into a module: as much of the format as the kernels of the shard step need. Instructions
 * are written folded, what they take inside their brackets; everything has a name; blocks give no value.
 */

import { type Form, isForm, readForms } from './forms.ts';
import { FunctionBody, type Signature, VALUE_TYPES } from './function-body.ts';
import { bytesOf, unsigned } from './leb128.ts';

/** A list of things, after how many there are. */
const vectorOf = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];

const section = (id: number, items: readonly (readonly number[])[]): number[] => {
  const content = vectorOf(items);
  return [id, ...unsigned(content.length), ...content];
};

const FUNCTION_TYPE = 0x60;
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const EXPORTED_FUNCTION = 0;
const EXPORTED_MEMORY = 2;

/**
 * @param pages of 64 KiB that the module's memory has, for good; it is exported as `memory`.
 * @param text functions only: `(func $name (param $a i32) (result i32) (local $b v128) ...)`. Each is exported by its name.
 * Throws a SyntaxError that names what is wrong.
 */
export function assemble(pages: number, text: string): Uint8Array<ArrayBuffer> {
  const functions = readForms(text).map(readFunction);
  const signatures = new Map(functions.map(({ name }, index) => [name, index]));
  const named = (name: string, kind: number, index: number) => [
    ...vectorOf([...bytesOf(name)].map((byte) => [byte])),
    kind,
    ...unsigned(index),
  ];
  return Uint8Array.from([
    ...HEADER,
    ...section(
      1,
      functions.map(({ params, results }) => [
        FUNCTION_TYPE,
        ...vectorOf(params.map((type) => [type])),
        ...vectorOf(results.map((type) => [type])),
      ]),
    ),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[1, ...unsigned(pages), ...unsigned(pages)]]),
    ...section(7, [
      named('memory', EXPORTED_MEMORY, 0),
      ...[...signatures].map(([name, index]) => named(name.slice(1), EXPORTED_FUNCTION, index)),
    ]),
    ...section(
      10,
      functions.map(({ code }) => [...unsigned(code.length), ...code]),
    ),
  ]);
}

function readFunction(form: Form | string): Signature & { name: string; code: number[] } {
  if (!isForm(form) || form[0] !== 'func' || typeof form[1] !== 'string') {
    throw new SyntaxError('a module has functions with names, and nothing else');
  }
  const body = new FunctionBody();
  const params: number[] = [];
  const results: number[] = [];
  const locals: number[] = [];
  for (const part of form.slice(2)) {
    const word = isForm(part) ? part[0] : part;
    if (word === 'param') params.push(body.declare(part));
    else if (word === 'result') results.push(VALUE_TYPES.get(String(part[1])) ?? 0);
    else if (word === 'local') locals.push(body.declare(part));
    else body.add(part);
  }
  const code = [...vectorOf(locals.map((type) => [1, type])), ...body.finish()];
  return { name: form[1], params, results, code };
}
