/** Text from outside made fit for a note: bounded, well-formed, and without what cannot be seen. */

/** Spaces of all kinds, and control chars, which separate words as often as not. */
const BLANKS = /[\p{White_Space}\p{Cc}]+/gu;
const BLANKS_IN_LINE = /[^\S\n]+|[\p{Zl}\p{Zp}]+/gu;
/** Soft hyphens, byte-order marks, joiners, marks of direction, private and unassigned code points. */
const UNSEEN = /[\p{Cf}\p{Co}\p{Cn}]/gu;
/** Control chars but the newline and the tab. */
const CONTROLS = /(?![\n\t])\p{Cc}/gu;

/** At most this many UTF-16 units; a pair is never cut in two. */
function bound(text: string, maxUnits: number): string {
  return text.length <= maxUnits
    ? text
    : text
        .slice(0, maxUnits)
        .toWellFormed()
        .replace(/\ufffd$/, '');
}

/** One line, of at most maxUnits UTF-16 units. */
export function cleanLine(text: string, maxUnits: number): string {
  // What is far beyond the bound is not looked at.
  const near = bound(text, maxUnits * 4).toWellFormed();
  return bound(near.replace(UNSEEN, '').replace(BLANKS, ' ').trim(), maxUnits).trimEnd();
}

/** Lines that end in newlines alone and have no blanks at their ends; no more than one empty line in a row. */
export function cleanLines(text: string, maxUnits: number): string {
  return bound(text, maxUnits)
    .toWellFormed()
    .replace(/\r\n?|[\u0085\p{Zl}\p{Zp}]/gu, '\n')
    .replace(UNSEEN, '')
    .replace(CONTROLS, ' ')
    .split('\n')
    .map((line) => line.replace(BLANKS_IN_LINE, (run) => ' '.repeat(Math.min(run.length, 8))).trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}
