/** The leakage filter: takes out of a note what names, describes or denies the finding that a model is to predict. */

import terms from './leakage-terms.json' with { type: 'json' };

export interface LeakageFilter {
  /** Without the terms, and the negations and hedges that lead to them. */
  removeTerms(text: string): string;
  /** The sections written before the picture was read, with no term in them. */
  filterReport(report: string): string;
  hasTerm(text: string): boolean;
}

const NOT_IN_WORD = '(?<![\\p{L}\\p{N}])';
const WORD_ENDS = '(?![\\p{L}\\p{N}])';
/** Between the parts of a term: nothing, blanks or a hyphen, so that cardiomegaly is found in all its spellings. */
const JOINT = '[\\s\\p{Pd}]{0,3}';

/** No sentence needs more than two; a text made to need more costs no more than this. */
const MAX_ROUNDS = 10;

export function createLeakageFilter(): LeakageFilter {
  const one = `(?:${longestFirst(terms.groups.flatMap((group) => group.terms))
    .map(termPattern)
    .join('|')})`;
  const leadIn = longestFirst(terms.leadIns.words).map(wordsPattern).join('|');
  const joined = `(?:\\s{0,3}(?:,|/|;|\\bor\\b|\\band\\b|\\bvs\\b\\.?){1,2}\\s{0,3}`;
  const lead = `(?:(?:${leadIn})${WORD_ENDS}[\\s:?]{1,3}){0,6}`;
  const find = new RegExp(`${NOT_IN_WORD}${one}${WORD_ENDS}`, 'iu');
  const list = `${one}${WORD_ENDS}(?:${joined}${lead}${one}${WORD_ENDS})){0,20}\\??`;
  const remove = new RegExp(`(?:\\?\\s{0,2})?${NOT_IN_WORD}${lead}${list}`, 'giu');
  const removeTerms = (text: string) => {
    let rest = text;
    // What stood on both sides of a term may make another.
    for (let round = 0; round < MAX_ROUNDS && find.test(rest); round++) rest = tidy(rest.replace(remove, ''));
    return rest;
  };
  return {
    removeTerms,
    filterReport: (report) => removeTerms(keptSections(report)),
    hasTerm: (text) => find.test(text),
  };
}

const longestFirst = (words: readonly string[]) => words.toSorted((a, b) => b.length - a.length);

const wordsPattern = (words: string) =>
  words
    .split(' ')
    .map((word) => RegExp.escape(word))
    .join('\\s{1,3}');

/** The parts of a term with any joint, and its last word in the plural as well. */
function termPattern(term: string): string {
  const parts = term.split(' ').map((part) => RegExp.escape(part));
  const last = parts.pop() ?? '';
  const plural = last.endsWith('y') ? `${last.slice(0, -1)}(?:y|ies)` : `${last}(?:e?s|'s)?`;
  return [...parts, plural].join(JOINT);
}

/** What is left of a sentence keeps no doubled blanks and no comma before its end. */
function tidy(text: string): string {
  return text
    .replace(/[ \t]+([,.;:?)])/g, '$1')
    .replace(/([,;:])(?:[ \t]*[,;])+/g, '$1')
    .replace(/[,;]+([.])/g, '$1')
    .replace(/\([\s,;.]*\)/g, '')
    .replace(/^[ \t]*[,;.?/]+[ \t]*/gm, '')
    .replace(/[ \t]{2,}/g, ' ')
    .replace(/[ \t,;/]+$/gm, '')
    .trim();
}

const KEPT = new Set(terms.keptSections.headings);
const KNOWN = longestFirst([...terms.keptSections.headings, ...terms.droppedSections.headings])
  .map(wordsPattern)
  .join('|');
/**
 * A heading: a known one before a colon, anywhere; a known one that is a line, or begins one before a dash; or any other
 * capitals before a colon at the start of a line.
 */
const HEADING = new RegExp(
  `(?<![\\p{L}\\p{N}])(?<named>${KNOWN})(?:\\([sS]\\))?[ \\t]{0,3}:` +
    `|^[ \\t]{0,8}(?<alone>${KNOWN})[ \\t]{0,3}(?:$|[-\\u2013])` +
    '|^[ \\t]{0,8}(?<capitals>(?-i:[A-Z][A-Z0-9 /&(),.-]{1,80})):',
  'gimu',
);

/** Sections that say why the picture was taken run over several sentences; the others say how, in one. */
const WHY = /indication|clinical|history|reason/i;
const FIRST_LINES = /^.*?[.?!][ \t]*$/ms;
const FIRST_SENTENCE = /^.*?[.?!](?=\s|$)/s;

/** Findings often follow with neither a heading nor an empty line before them. */
function openingOf(paragraph: string, saysWhy: boolean): string {
  const [opening = paragraph] = (saysWhy ? FIRST_LINES : FIRST_SENTENCE).exec(paragraph) ?? [];
  return opening.trim();
}

/** The first paragraph of each section that may stay; of a report without headings, nothing. */
function keptSections(report: string): string {
  const headings = [...report.matchAll(HEADING)];
  const kept: string[] = [];
  for (const [i, { 0: heading, index, groups }] of headings.entries()) {
    const name = (groups?.['named'] ?? groups?.['alone'] ?? groups?.['capitals'] ?? '').trim();
    if (!KEPT.has(name.toLowerCase().replace(/\s+/g, ' '))) continue;
    const body = report.slice(index + heading.length, headings[i + 1]?.index ?? report.length).trimStart();
    // Findings often follow a comparison after an empty line, with no heading of their own.
    const [paragraph = ''] = body.split(/\n[ \t]*\n/, 1);
    const opening = openingOf(paragraph, WHY.test(name));
    if (opening !== '') kept.push(`${heading.trim()} ${opening}`);
  }
  return kept.join('\n');
}
