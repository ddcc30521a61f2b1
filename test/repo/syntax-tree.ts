/** Reads the syntax of a TypeScript file, as far as the rules of this folder need it. */

import { parseAst } from 'vitest/node';

/** An ESTree node: its fields by name. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Throws where the text is no TypeScript. */
export function parseSource(text: string): Node {
  return parseAst(text, { lang: 'ts' }) as unknown as Node;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** The nodes directly below, without those that are types alone. */
export function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter(isNode)
    .filter(({ type }) => !type.startsWith('TS') || WRAPPERS.has(type));
}

/** What says something about a type, or nothing at all, around an expression. */
const WRAPPERS = new Set([
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
  'ParenthesizedExpression',
  'ChainExpression',
  'AwaitExpression',
]);

/** The expression itself: `(a as B)!` is `a`. */
export function unwrapped(node: unknown): Node | undefined {
  let inner = isNode(node) ? node : undefined;
  while (inner !== undefined && WRAPPERS.has(inner.type)) {
    inner = [inner['expression'], inner['argument']].find(isNode);
  }
  return inner;
}

/** Of an identifier or a property: `a`, or `a` in `x.a`, `x.#a` and `x['a']`; undefined where it is computed. */
export function nameOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  const { name, value } = node;
  if (node.type === 'PrivateIdentifier') return `#${String(name)}`;
  if (node.type === 'Identifier') return String(name);
  return node.type === 'Literal' ? String(value) : undefined;
}

/** `a.b` of the member expression `x.a.b`: undefined for `x[i]`. */
export function propertyOf(node: Node): string | undefined {
  const isComputed =
    node['computed'] === true && !(isNode(node['property']) && node['property'].type === 'Literal');
  return isComputed ? undefined : nameOf(node['property']);
}

/** All names that a pattern binds. */
export function boundNames(pattern: unknown): string[] {
  if (!isNode(pattern)) return [];
  const { type } = pattern;
  if (type === 'Identifier') return [String(pattern['name'])];
  if (type === 'Property') return boundNames(pattern['value']);
  if (type === 'AssignmentPattern') return boundNames(pattern['left']);
  if (type === 'RestElement') return boundNames(pattern['argument']);
  if (type === 'TSParameterProperty') return boundNames(pattern['parameter']);
  if (type === 'ObjectPattern' || type === 'ArrayPattern') return childrenOf(pattern).flatMap(boundNames);
  return [];
}
