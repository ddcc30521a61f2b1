/** How many rows, subjects and studies of each kind a sample of a given size has: MIMIC's numbers, scaled. */

/** Studies that the join with default options gives at MIMIC's size. */
export const MIMIC_RECORDS = 107_949;
/** Identifiers have seven digits to differ in, and there are four stays a record. */
export const MAX_RECORDS = 2_000_000;
export const MAX_IMAGES_PER_STUDY = 4;

/** As published, except where the comment says otherwise. */
const AT_MIMIC = {
  patients: 299_712,
  edSubjects: 205_504,
  stays: 425_087,
  vitals: 1_564_610,
  xraySubjects: 65_379,
  studies: 227_835,
  images: 377_110,
  studiesWithoutLabels: 8,
  // Chosen here: nobody has published them.
  xrayOnlySubjects: 20_000,
  subjectsWithoutPatient: 300,
  staysWithoutTriage: 1_300,
  badTime: 12,
  noStay: 49_000,
  noImage: 6_800,
  noReport: 2_100,
} as const;

/** Of the stays, those of subjects who also have X-rays. */
const XRAYED_STAY_SHARE = 0.4;

/** What the join makes of a study, in the order in which the reasons are looked for. */
export const OUTCOMES = [
  'matched',
  'bad-time',
  'no-stay',
  'outside-window',
  'no-image',
  'no-report',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface TableCounts {
  /** Rows of patients.csv.gz. */
  readonly patients: number;
  /** Rows of edstays.csv.gz, and as many of triage.csv.gz. */
  readonly stays: number;
  readonly vitals: number;
  readonly studies: number;
  readonly images: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Studies with an unusable time of subjects who have no stay. */
  readonly badTimeWithoutStay: number;
  /** Subjects, by what they have. */
  readonly subjects: Readonly<Record<SubjectKind, number>>;
  /** Of the stays, those of subjects with both. */
  readonly staysOfBoth: number;
  /** Of the subjects with X-rays or stays, those with no row in patients. */
  readonly subjectsWithoutPatient: number;
  /** As many rows of triage belong to no stay. */
  readonly staysWithoutTriage: number;
  readonly studiesWithoutLabels: number;
}

/** xray: no stay · both · ed: no X-ray · neither: in patients only. */
export type SubjectKind = 'xray' | 'both' | 'ed' | 'neither';

/**
 * At least one of everything, however small the sample.
 * @param withReports without, no study can lack its report.
 * Throws a RangeError for a number of records that is none, or too many for the identifiers.
 */
export function countTables(records: number, withReports: boolean): TableCounts {
  if (!Number.isInteger(records) || records < 1 || records > MAX_RECORDS) {
    throw new RangeError(`records: a whole number from 1 to ${MAX_RECORDS}`);
  }
  const scaled = (name: keyof typeof AT_MIMIC) =>
    Math.max(1, Math.round((AT_MIMIC[name] * records) / MIMIC_RECORDS));
  const outcomes = countOutcomes(records, withReports, scaled);
  const studies = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const badTimeWithoutStay = Math.floor(outcomes['bad-time'] / 3);
  const xray = Math.min(scaled('xrayOnlySubjects'), outcomes['no-stay']);
  const both = Math.max(1, scaled('xraySubjects') - xray);
  const ed = Math.max(1, scaled('edSubjects') - both);
  const stays = Math.max(scaled('stays'), both + ed);
  const subjectsWithoutPatient = scaled('subjectsWithoutPatient');
  const treated = xray + both + ed - subjectsWithoutPatient;
  const patients = Math.max(scaled('patients'), treated + 1);
  return {
    patients,
    stays,
    vitals: scaled('vitals'),
    studies,
    images: Math.max(scaled('images'), studies + 1),
    outcomes,
    badTimeWithoutStay,
    subjects: { xray, both, ed, neither: patients - treated },
    staysOfBoth: Math.min(stays - ed, Math.max(both, Math.round(stays * XRAYED_STAY_SHARE))),
    subjectsWithoutPatient,
    staysWithoutTriage: scaled('staysWithoutTriage'),
    studiesWithoutLabels: scaled('studiesWithoutLabels'),
  };
}

function countOutcomes(
  records: number,
  withReports: boolean,
  scaled: (name: keyof typeof AT_MIMIC) => number,
): Record<Outcome, number> {
  const counts = {
    matched: records,
    'bad-time': scaled('badTime'),
    'no-stay': scaled('noStay'),
    'outside-window': 0,
    'no-image': scaled('noImage'),
    'no-report': withReports ? scaled('noReport') : 0,
  };
  const others = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { ...counts, 'outside-window': Math.max(1, scaled('studies') - others) };
}
