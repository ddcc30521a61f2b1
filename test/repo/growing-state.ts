/**
 * Finds state that outlives a call and is added to: collections in variables of a module, in static and other fields of
 * classes, and in what closures share. It follows names, aliases and paths within one file; not what is handed to others.
 */

import { Holder, type Keeps } from './state-holder.ts';
import { containsAgain, FUNCTIONS, fieldsOf, lookUp, resolve, type Scope } from './state-scope.ts';
import {
  boundNames,
  childrenOf,
  isNode,
  type Node,
  nameOf,
  parseSource,
  propertyOf,
  unwrapped,
} from './syntax-tree.ts';

export interface GrowingState {
  readonly name: string;
  readonly keeps: Keeps;
  /** Something is taken out as well: it may be bounded. */
  readonly shrinks: boolean;
}

const GROWING_CALLS = new Set(['add', 'append', 'push', 'set', 'unshift']);
const SHRINKING_CALLS = new Set(['clear', 'delete', 'pop', 'shift', 'splice']);
const SCOPES = new Set([
  'BlockStatement',
  'ForOfStatement',
  'ForInStatement',
  'ForStatement',
  'SwitchStatement',
  'StaticBlock',
]);

/** Each once, in the order in which they are declared. */
export function findGrowingState(text: string): GrowingState[] {
  const program = parseSource(text);
  const walker = new StateWalker();
  const top: Scope = { parent: undefined, depth: 0, names: new Map(), self: undefined };
  walker.declareAll(childrenOf(program), top);
  for (const child of childrenOf(program)) walker.visit(child, top);
  return walker.holders
    .filter((holder) => holder.grows)
    .map(({ name, keeps, shrinks }) => ({ name, keeps, shrinks }));
}

class StateWalker {
  readonly holders: Holder[] = [];

  /** Before any of them is visited: functions use what is declared below them. */
  declareAll(statements: readonly Node[], scope: Scope): void {
    for (const statement of statements) {
      const declared = isNode(statement['declaration']) ? statement['declaration'] : statement;
      if (declared.type === 'VariableDeclaration')
        for (const one of childrenOf(declared)) this.#declare(one, scope);
      else if (declared.type === 'ClassDeclaration')
        scope.names.set(nameOf(declared['id']) ?? '', fieldsOf(declared, this.holders));
      else if (declared.type === 'FunctionDeclaration')
        scope.names.set(nameOf(declared['id']) ?? '', undefined);
    }
  }

  #declare({ id, init }: Node, scope: Scope): void {
    if (isNode(id) && id.type === 'Identifier') {
      const alias = resolve(init, scope);
      const holder =
        alias ?? new Holder(String(id['name']), scope.depth === 0 ? 'module' : 'closure', scope.depth);
      if (alias === undefined) {
        holder.holds(init, id['typeAnnotation']);
        this.holders.push(holder);
      }
      scope.names.set(String(id['name']), holder);
    } else for (const name of boundNames(id)) scope.names.set(name, resolve(init, scope));
  }

  visit(node: Node, scope: Scope): void {
    if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') {
      this.#visitClass(node, scope);
      return;
    }
    this.#note(node, scope);
    const inner = this.#innerScope(node, scope);
    for (const child of childrenOf(node)) this.visit(child, inner);
  }

  #innerScope(node: Node, scope: Scope): Scope {
    if (FUNCTIONS.has(node.type)) {
      const params = Array.isArray(node['params']) ? node['params'] : [];
      const names = new Map(params.flatMap(boundNames).map((name) => [name, undefined] as const));
      return { ...scope, parent: scope, depth: scope.depth + 1, names };
    }
    if (node.type === 'CatchClause')
      return {
        ...scope,
        parent: scope,
        names: new Map(boundNames(node['param']).map((name) => [name, undefined])),
      };
    if (!SCOPES.has(node.type)) return scope;
    const inner: Scope = { ...scope, parent: scope, names: new Map() };
    const { left, right } = node;
    if (isNode(left) && left.type === 'VariableDeclaration')
      for (const name of childrenOf(left).flatMap(({ id }) => boundNames(id)))
        inner.names.set(name, resolve(right, scope));
    else
      this.declareAll(
        childrenOf(node).flatMap((child) => (child.type === 'SwitchCase' ? childrenOf(child) : [child])),
        inner,
      );
    return inner;
  }

  #visitClass(node: Node, scope: Scope): void {
    const known = lookUp(nameOf(node['id']) ?? '', scope);
    const fields = known !== undefined && !(known instanceof Holder) ? known : fieldsOf(node, this.holders);
    const body = isNode(node['body']) ? childrenOf(node['body']) : [];
    for (const member of body) {
      const self = member['static'] === true || member.type === 'StaticBlock' ? fields.shared : fields.own;
      this.visit(member, { ...scope, self });
    }
  }

  #note(node: Node, scope: Scope): void {
    const { type, left, right, operator, argument, callee } = node;
    if (type === 'CallExpression' && isNode(callee)) this.#noteCall(node, callee, scope);
    else if (type === 'UpdateExpression') this.#noteIndex(argument, scope, 'grow');
    else if (type === 'UnaryExpression' && operator === 'delete') this.#noteIndex(argument, scope, 'shrink');
    else if (type === 'AssignmentExpression') {
      const holder = resolve(left, scope);
      const target = unwrapped(left);
      if (holder === undefined || target === undefined) return;
      if (target.type === 'MemberExpression' && propertyOf(target) === 'length') holder.shrink();
      else if (containsAgain(right, holder, scope)) holder.grow('again', scope.depth);
      else if (operator === '+=') holder.grow('text', scope.depth);
      else if (target.type === 'MemberExpression' && propertyOf(target) === undefined)
        holder.grow('index', scope.depth);
      else holder.replace(right, operator === '=');
    }
  }

  #noteCall(node: Node, callee: Node, scope: Scope): void {
    const args = Array.isArray(node['arguments']) ? node['arguments'] : [];
    if (callee.type !== 'MemberExpression') return;
    const method = propertyOf(callee) ?? '';
    if (nameOf(callee['object']) === 'Object' && method === 'assign')
      resolve(args[0], scope)?.grow('index', scope.depth);
    const holder = resolve(callee['object'], scope);
    if (GROWING_CALLS.has(method) || (method === 'splice' && args.length > 2))
      holder?.grow(method, scope.depth);
    else if (SHRINKING_CALLS.has(method)) holder?.shrink();
  }

  #noteIndex(target: unknown, scope: Scope, what: 'grow' | 'shrink'): void {
    const member = unwrapped(target);
    if (member?.type !== 'MemberExpression' || propertyOf(member) !== undefined) return;
    const holder = resolve(member['object'], scope);
    if (what === 'grow') holder?.grow('index', scope.depth);
    else holder?.shrink();
  }
}
