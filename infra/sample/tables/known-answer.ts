/** What the join must find, kept while the tables are made: it comes from how they were made, not from joining them. */

import { createHash } from 'node:crypto';
import type { Outcome } from './table-counts.ts';

const DICOM_BYTES = 20;

/** Takes 28 bytes for each match, as the digest is over the matches sorted by study. */
export class MatchDigest {
  readonly #studyIds: Uint32Array;
  readonly #stayIds: Uint32Array;
  readonly #dicomIds: Buffer;
  #count = 0;

  constructor(matches: number) {
    this.#studyIds = new Uint32Array(matches);
    this.#stayIds = new Uint32Array(matches);
    this.#dicomIds = Buffer.alloc(matches * DICOM_BYTES);
  }

  add(studyId: number, stayId: number, dicomId: string): void {
    this.#studyIds[this.#count] = studyId;
    this.#stayIds[this.#count] = stayId;
    this.#dicomIds.write(dicomId.replaceAll('-', ''), this.#count * DICOM_BYTES, 'hex');
    this.#count += 1;
  }

  /** Over the lines `study_id,stay_id,dicom_id`, each with its line feed, by study. */
  digest(): string {
    const studyIds = this.#studyIds;
    const order = Uint32Array.from({ length: this.#count }, (_, index) => index);
    order.sort((a, b) => (studyIds[a] ?? 0) - (studyIds[b] ?? 0));
    const hash = createHash('sha256');
    for (const at of order) hash.update(`${studyIds[at]},${this.#stayIds[at]},${this.#dicomId(at)}\n`);
    return hash.digest('hex');
  }

  #dicomId(at: number): string {
    const hex = this.#dicomIds.toString('hex', at * DICOM_BYTES, (at + 1) * DICOM_BYTES);
    return hex.replace(/.{8}(?=.)/g, '$&-');
  }
}

export interface KnownAnswer {
  readonly synthetic: true;
  readonly rule: string;
  readonly reports: string;
  readonly studies: number;
  readonly matched: number;
  readonly unmatched: Readonly<Record<Exclude<Outcome, 'matched'>, number>>;
  /** By the name of the table's file. */
  readonly rows: Readonly<Record<string, number>>;
  readonly digestOf: string;
  readonly matchesSha256: string;
}

export function knownAnswer(
  outcomes: Readonly<Record<Outcome, number>>,
  rows: Readonly<Record<string, number>>,
  matchesSha256: string,
  withReports: boolean,
): KnownAnswer {
  const { matched, ...unmatched } = outcomes;
  const studies = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  return {
    synthetic: true,
    rule:
      'the stay of the same subject whose intime is nearest to the study, within 24 h; ties by the smaller stay_id; ' +
      'image: PA before AP, then the smallest dicom_id; reasons in the order of this list',
    reports: withReports
      ? 'a study without its file is unmatched: no-report'
      : 'none were written and the job does not look for them: no study is unmatched for it',
    studies,
    matched,
    unmatched,
    rows,
    digestOf:
      'SHA-256 over the lines "study_id,stay_id,dicom_id\\n" of all matched studies, sorted by study_id',
    matchesSha256,
  };
}
