/** The code of one WebAssembly function, instruction by instruction, from its text. */

import { type Form, isForm } from './forms.ts';
import { floatBytes, signed, unsigned } from './leb128.ts';
import { OPCODES, type Opcode, VECTOR } from './opcodes.ts';

export const VALUE_TYPES: ReadonlyMap<string, number> = new Map([
  ['i32', 0x7f],
  ['i64', 0x7e],
  ['f32', 0x7d],
  ['v128', 0x7b],
]);

export interface Signature {
  readonly params: readonly number[];
  readonly results: readonly number[];
}

const NO_VALUE = 0x40;
const BLOCKS = new Map([
  ['block', 0x02],
  ['loop', 0x03],
]);
const IF = 0x04;
const END = 0x0b;
const BRANCHES = new Map([
  ['br', 0x0c],
  ['br_if', 0x0d],
]);
const LOCALS = new Map([
  ['local.get', 0x20],
  ['local.set', 0x21],
  ['local.tee', 0x22],
]);
const CONSTANTS = new Map([
  ['i32.const', 0x41],
  ['i64.const', 0x42],
  ['f32.const', 0x43],
]);

export class FunctionBody {
  readonly #code: number[] = [];
  readonly #locals = new Map<string, number>();
  /** Labels of the blocks around, the innermost last. */
  readonly #labels: string[] = [];

  /** Of `(param $name type)` or `(local $name type)`. Returns the type. */
  declare(form: Form | string): number {
    const [, name, typeName] = form;
    const type = VALUE_TYPES.get(String(typeName));
    if (typeof name !== 'string' || type === undefined) throw new SyntaxError('a local without name or type');
    this.#locals.set(name, this.#locals.size);
    return type;
  }

  /** Throws a SyntaxError that names the instruction. */
  add(form: Form | string): void {
    const [name, ...rest] = isForm(form) ? form : [form];
    if (typeof name !== 'string') throw new SyntaxError('an instruction without name');
    const opcode = OPCODES.get(name);
    if (opcode !== undefined) this.#addPlain(opcode, rest);
    else if (BLOCKS.has(name)) this.#addBlock(BLOCKS.get(name) ?? 0, rest);
    else if (name === 'if') this.#addIf(rest);
    else this.#addIndexed(name, rest);
  }

  finish(): number[] {
    return [...this.#code, END];
  }

  #addPlain({ code, isVector, immediate }: Opcode, rest: Form): void {
    const words = rest.filter((part) => typeof part === 'string');
    for (const part of rest) if (isForm(part)) this.add(part);
    this.#code.push(...(isVector ? [VECTOR, ...unsigned(code)] : [code]));
    if (immediate === 'none') return;
    const offset = words.find((word) => word.startsWith('offset='))?.slice('offset='.length) ?? '0';
    // The alignment is a hint, that of a byte is always true.
    this.#code.push(0, ...unsigned(Number(offset)));
    if (immediate === 'lane-address') this.#code.push(Number(words.at(-1)));
  }

  #addBlock(code: number, [label, ...parts]: Form): void {
    this.#code.push(code, NO_VALUE);
    this.#addParts(String(label), parts);
  }

  /** `(if condition (then ...))`. */
  #addIf([condition, then]: Form): void {
    if (condition === undefined || !isForm(then)) throw new SyntaxError('an if without condition or then');
    this.add(condition);
    this.#code.push(IF, NO_VALUE);
    this.#addParts('', then.slice(1));
  }

  #addParts(label: string, parts: Form): void {
    this.#labels.push(label);
    for (const part of parts) this.add(part);
    this.#labels.pop();
    this.#code.push(END);
  }

  /** What is followed by a constant, a local or a label, and then by what it takes. */
  #addIndexed(name: string, [word, ...parts]: Form): void {
    for (const part of parts) this.add(part);
    const constant = CONSTANTS.get(name);
    const local = LOCALS.get(name);
    const branch = BRANCHES.get(name);
    if (constant !== undefined) {
      const value = Number(word);
      this.#code.push(constant, ...(name === 'f32.const' ? floatBytes(value) : signed(value)));
    } else if (local !== undefined) {
      const index = this.#locals.get(String(word));
      if (index === undefined) throw new SyntaxError(`no local ${word}`);
      this.#code.push(local, ...unsigned(index));
    } else if (branch !== undefined) {
      const depth = this.#labels.toReversed().indexOf(String(word));
      if (depth < 0) throw new SyntaxError(`no block ${word}`);
      this.#code.push(branch, ...unsigned(depth));
    } else throw new SyntaxError(`no instruction ${name}`);
  }
}
