/** One variable or field that may hold a collection, and what is done to it. */

import { isNode, type Node, nameOf, unwrapped } from './syntax-tree.ts';

/** For as long as the process (static fields too), an object of the class, or what a function has made. */
export type Keeps = 'module' | 'field' | 'closure';

type Kind = 'collection' | 'text' | 'unknown' | 'fixed';

const COLLECTIONS = new Set(['Array', 'Map', 'Object', 'ReadonlyArray', 'ReadonlyMap', 'Record', 'Set']);
/** Of a fixed size, or held by what they belong to alone. */
const FIXED =
  /^(?:.*Array(?!$)|(?:Big)?(?:Int|Uint|Float)\w*Array|Buffer|DataView|WeakMap|WeakSet|RegExp|Date|URL)$/;
const ARRAY_CALLS = new Set(['push', 'unshift', 'again']);

export class Holder {
  readonly name: string;
  readonly keeps: Keeps;
  readonly #depth: number;
  readonly #growths: string[] = [];
  #kind: Kind = 'unknown';
  #shrinks = false;

  /** @param depth how many functions are around its declaration. */
  constructor(name: string, keeps: Keeps, depth: number) {
    this.name = name;
    this.keeps = keeps;
    this.#depth = depth;
  }

  get shrinks(): boolean {
    return this.#shrinks;
  }

  get grows(): boolean {
    if (this.#kind === 'fixed') return false;
    if (this.#kind === 'collection') return this.#growths.some((how) => how !== 'text');
    if (this.#kind === 'text') return this.#growths.includes('text');
    // Of whatever a call has given, `set` may be that of a bounded cache.
    return this.#growths.some((how) => ARRAY_CALLS.has(how));
  }

  /** What it begins with, or is said to hold. */
  holds(value: unknown, annotation?: unknown): void {
    const kind = kindOf(unwrapped(value));
    this.#kind = kind === 'unknown' && mentionsCollection(annotation) ? 'collection' : kind;
  }

  /** Something was added, within so many functions: outside of its own function only, what is done once is no growth. */
  grow(how: string, depth: number): void {
    if (depth > this.#depth) this.#growths.push(how);
  }

  shrink(): void {
    this.#shrinks = true;
  }

  /** Another value takes its place. */
  replace(value: unknown, drops: boolean): void {
    const kind = kindOf(unwrapped(value));
    if (kind === 'collection' && this.#kind === 'unknown') this.#kind = kind;
    if (drops) this.#shrinks = true;
  }
}

function kindOf(value: Node | undefined): Kind {
  if (value === undefined) return 'unknown';
  const { type, callee } = value;
  if (type === 'ArrayExpression' || type === 'ObjectExpression') return 'collection';
  if (type === 'TemplateLiteral') return 'text';
  if (type === 'Literal')
    return typeof value['value'] === 'string' ? 'text' : value['value'] === null ? 'unknown' : 'fixed';
  if (type === 'LogicalExpression') return kindOf(unwrapped(value['right']));
  const maker = unwrapped(callee);
  const name = nameOf(maker?.type === 'MemberExpression' ? maker['object'] : maker);
  if (type !== 'NewExpression' && maker?.type !== 'MemberExpression') return 'unknown';
  if (name !== undefined && COLLECTIONS.has(name)) return 'collection';
  return name !== undefined && FIXED.test(name) ? 'fixed' : 'unknown';
}

/** Of a type: `Map<…>`, `string[]`, `Set<…> | undefined`. */
function mentionsCollection(annotation: unknown): boolean {
  if (!isNode(annotation)) return false;
  const { type, typeName, typeAnnotation, types } = annotation;
  if (type === 'TSArrayType' || type === 'TSTupleType') return true;
  if (type === 'TSTypeReference') return COLLECTIONS.has(nameOf(typeName) ?? '');
  const inner = [typeAnnotation, ...(Array.isArray(types) ? types : [])];
  return inner.some(mentionsCollection);
}
