/** Which state a name, a field or a path of a program stands for, by the scopes around it. */

import { Holder } from './state-holder.ts';
import { childrenOf, isNode, type Node, nameOf, propertyOf, unwrapped } from './syntax-tree.ts';

export interface ClassFields {
  readonly own: Map<string, Holder>;
  readonly shared: Map<string, Holder>;
}

export interface Scope {
  readonly parent: Scope | undefined;
  /** How many functions are around. */
  readonly depth: number;
  readonly names: Map<string, Holder | ClassFields | undefined>;
  /** What `this` is. */
  readonly self: Map<string, Holder> | undefined;
}

/** What gives a part of a collection, which is as long-lived as the whole. */
const LOOKS = new Set(['at', 'entries', 'find', 'get', 'keys', 'values']);
export const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionDeclaration', 'FunctionExpression']);

/** `[...x, y]`, `{ ...x }`, `new Map([...x])`, `x.concat(y)`. */
export function containsAgain(value: unknown, holder: Holder, scope: Scope): boolean {
  const node = unwrapped(value);
  if (node === undefined || FUNCTIONS.has(node.type)) return false;
  const { type, argument, callee } = node;
  if (type === 'SpreadElement' && resolve(argument, scope) === holder) return true;
  if (type === 'CallExpression' && isNode(callee) && callee.type === 'MemberExpression')
    if (propertyOf(callee) === 'concat' && resolve(callee['object'], scope) === holder) return true;
  return childrenOf(node).some((child) => containsAgain(child, holder, scope));
}

/** The state at the root of a path. */
export function resolve(value: unknown, scope: Scope): Holder | undefined {
  const node = unwrapped(value);
  if (node === undefined) return undefined;
  if (node.type === 'Identifier') {
    const found = lookUp(String(node['name']), scope);
    return found instanceof Holder ? found : undefined;
  }
  if (node.type === 'LogicalExpression') return resolve(node['left'], scope) ?? resolve(node['right'], scope);
  if (node.type === 'AssignmentExpression') return resolve(node['left'], scope);
  if (node.type === 'CallExpression') {
    const callee = unwrapped(node['callee']);
    const looks = callee?.type === 'MemberExpression' && LOOKS.has(propertyOf(callee) ?? '');
    return looks ? resolve(callee['object'], scope) : undefined;
  }
  return node.type === 'MemberExpression' ? resolveMember(node, scope) : undefined;
}

function resolveMember(node: Node, scope: Scope): Holder | undefined {
  const object = unwrapped(node['object']);
  if (object?.type === 'ThisExpression') return scope.self?.get(propertyOf(node) ?? '');
  const found = object?.type === 'Identifier' ? lookUp(String(object['name']), scope) : undefined;
  if (found !== undefined && !(found instanceof Holder)) return found.shared.get(propertyOf(node) ?? '');
  return resolve(object, scope);
}

export function lookUp(name: string, from: Scope): Holder | ClassFields | undefined {
  for (let scope: Scope | undefined = from; scope !== undefined; scope = scope.parent) {
    if (scope.names.has(name)) return scope.names.get(name);
  }
  return undefined;
}

export function fieldsOf(node: Node, holders: Holder[]): ClassFields {
  const fields: ClassFields = { own: new Map(), shared: new Map() };
  for (const member of isNode(node['body']) ? childrenOf(node['body']) : []) {
    if (member.type !== 'PropertyDefinition') continue;
    const isShared = member['static'] === true;
    const name = nameOf(member['key']) ?? '';
    const holder = new Holder(`${nameOf(node['id']) ?? 'class'}.${name}`, isShared ? 'module' : 'field', 0);
    holder.holds(member['value'], member['typeAnnotation']);
    (isShared ? fields.shared : fields.own).set(name, holder);
    holders.push(holder);
  }
  return fields;
}
