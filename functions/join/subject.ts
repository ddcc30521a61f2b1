/** What the join holds of a subject: stays, studies, and the files that are there; ids are numbers, times seconds. */

export interface Stay {
  readonly id: number;
  /** In seconds since 1970; NaN where it is not known. */
  readonly intime: number;
  readonly outtime: number;
  readonly gender: string;
  readonly race: string;
  readonly arrivalTransport: string;
  /** NaN where there is none. Not typed arrays: of a dozen numbers those take twice the memory. */
  triage?: readonly number[];
  chiefComplaint?: string;
  /** The last value of each sign, and after them when each was charted. */
  lastSigns?: number[];
}

export interface Study {
  readonly id: number;
  /** Of the earliest image; NaN where none has a time. */
  time: number;
  /** The place of the best view among those wanted, and its image; undefined where it has none that is there. */
  view: number | undefined;
  dicomId: string;
  readonly dicomIds: Set<string>;
}

export interface Subject {
  readonly id: number;
  anchor?: { readonly age: number; readonly year: number };
  stays?: Map<number, Stay>;
  studies?: Map<number, Study>;
  /** The cells of a study, with commas between them. */
  labels?: Map<number, string>;
  splits?: Map<number, string>;
  images?: Set<string>;
  reports?: Set<string>;
}
