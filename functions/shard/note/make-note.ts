/** Makes the note of a record: what a clinician would have in hand, in plain English, and where each section of it stands. */

import type { RecordLine } from '../../../shared/pipeline/record-line.ts';
import { cleanLines } from './clean-text.ts';
import type { KnowledgeBase } from './knowledge-base.ts';
import { createLeakageFilter, type LeakageFilter } from './leakage-filter.ts';
import { complaintOf, demographicsLine, lastVitalsLine, triageLine } from './patient-lines.ts';

/** In UTF-16 units; fifty times a long report. What is beyond is left out, and the note says so. */
const MAX_REPORT_UNITS = 200_000;

/** A section of a note. Offsets are in Unicode code points, as Python counts; end is exclusive. */
export interface Segment {
  /** demographics, chief_complaint, triage, vital_signs, report, or reference. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The id of the passage, of a reference. */
  readonly passage?: string;
}

export interface MadeNote {
  /** Sections with an empty line between them; no newline at the end. */
  readonly text: string;
  /** In the order of the text. A section that the record has nothing for is absent. */
  readonly segments: readonly Segment[];
}

export interface NoteMaker {
  make(line: RecordLine, report: string): MadeNote;
}

export interface NoteOptions {
  /** Takes out what names the finding: see the leakage filter. */
  readonly aggressiveFiltering: boolean;
  /** At most this many passages; 0 = none. */
  readonly passages: number;
  readonly knowledge: KnowledgeBase | undefined;
}

export function createNoteMaker({ aggressiveFiltering, passages, knowledge }: NoteOptions): NoteMaker {
  const filter = aggressiveFiltering ? createLeakageFilter() : undefined;
  const allows = filter && onceEach((text) => !filter.hasTerm(text));
  return {
    make(line, report) {
      const own = patientSections(line, report, filter);
      if (knowledge === undefined || passages === 0) return assemble(own);
      const query = own.filter(({ name }) => QUERIED.has(name)).map(({ text }) => text);
      const found = knowledge.search(query.join('\n'), passages, allows);
      const references = found.map(({ id, title, text }) => ({
        name: 'reference',
        text: `[Reference: ${title}] ${text}`,
        passage: id,
      }));
      return assemble([...own, ...references]);
    },
  };
}

interface Section {
  readonly name: string;
  readonly text: string;
  readonly passage?: string;
}

/** What tells one patient's complaint from another's; measured values are in every note. */
const QUERIED = new Set(['chief_complaint', 'report']);

function patientSections(line: RecordLine, report: string, filter: LeakageFilter | undefined): Section[] {
  const complaint = complaintOf(line);
  const told = complaint && filter ? filter.removeTerms(complaint) : complaint;
  const clean = cleanReport(report);
  const reported = filter ? filter.filterReport(clean) : clean;
  const sections = {
    demographics: demographicsLine(line),
    chief_complaint: told && `Chief complaint: ${told}`,
    triage: triageLine(line),
    vital_signs: lastVitalsLine(line),
    report: reported && `Report:\n${reported}`,
  };
  return Object.entries(sections).flatMap(([name, text]) => (text ? [{ name, text }] : []));
}

function cleanReport(report: string): string {
  const clean = cleanLines(report, MAX_REPORT_UNITS);
  return report.length > MAX_REPORT_UNITS ? `${clean}\n[The report is longer.]` : clean;
}

const BETWEEN = '\n\n';

function assemble(sections: readonly Section[]): MadeNote {
  const segments: Segment[] = [];
  let start = 0;
  for (const { text, ...section } of sections) {
    const end = start + codePoints(text);
    segments.push({ ...section, start, end });
    start = end + BETWEEN.length;
  }
  return { text: sections.map(({ text }) => text).join(BETWEEN), segments };
}

/** The text is well-formed: each high surrogate begins a pair. */
function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) count--;
  }
  return count;
}

function onceEach(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const verdict = known.get(text) ?? test(text);
    known.set(text, verdict);
    return verdict;
  };
}
