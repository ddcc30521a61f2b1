/** State that outlives a request must be bounded: no collection of a module may be one that grows. */

import { expect, test } from 'vitest';
import { readSources } from './source-files.ts';

/** A Map, Set, array or object in a variable of a module: declared at the start of a line. */
const COLLECTION =
  /^(?:export )?(?:const|let) (\w+)(?::[\s\S]*?)?\s=\s+(?:new (?:Map|Set)\b|\[|\{|Object\.create\()/gm;

/** Those of `text` to which the module adds. */
function growing(text: string): string[] {
  return [...text.matchAll(COLLECTION)].flatMap(([, name = '']) => {
    const adds = new RegExp(
      `\\b${name}(?:\\.(?:set|add|push|unshift|splice)\\(|\\[[^\\]]+\\]\\s*(?:(?:[-+*]|\\?\\?|\\|\\|)?=\\s|\\+\\+)|\\.\\w+ \\?\\?= )`,
    );
    return adds.test(text) ? [name] : [];
  });
}

test('the reader finds them', () => {
  expect(growing('const seen = new Set<string>();\nf(() => seen.add(id));')).toEqual(['seen']);
  expect(growing('const byName: Record<string, X> = {};\n  byName[name] ??= make();')).toEqual(['byName']);
  expect(growing('export const log: string[] = [];\nlog.push(line);')).toEqual(['log']);
  expect(
    growing("const KNOWN = new Set(['a']);\nKNOWN.has(x);\n  const own = new Map();\n  own.set(1, 2);"),
  ).toEqual([]);
});

test('no module of shared and functions, which run in boxes, keeps a collection that grows', () => {
  const found = readSources('shared', 'functions')
    .filter(({ path }) => !/\.(test|fixture)\.ts$/.test(path))
    .flatMap(({ path, text }) => growing(text).map((name) => `${path}: ${name}`));
  expect(found).toEqual([]);
});
