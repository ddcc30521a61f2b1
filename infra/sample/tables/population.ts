/** Invents the subjects of the tables one after another, sorted by identifier; their numbers add up exactly. */

import { createRandom, type Random } from '../random.ts';
import { DAY_S, dateText, startOfYear, yearOf } from './clock.ts';
import { createSelector, createShares, createUrn, heavyTail } from './exact-draws.ts';
import type { Person } from './findings.ts';
import { createIds, createSubjectIds } from './identifiers.ts';
import type { Outcome, TableCounts } from './table-counts.ts';
import { layTimeline, type Timeline } from './timeline.ts';

export const PATIENT_HEADERS = {
  'hosp/patients.csv.gz': 'subject_id,gender,anchor_age,anchor_year,anchor_year_group,dod',
} as const;

export interface Subject {
  readonly person: Person;
  readonly timeline: Timeline;
  /** Absent where the subject is in other tables only. */
  readonly patientRow?: string;
  /** One stream for all that is made up about the subject. */
  readonly random: Random;
}

const YEAR_GROUPS = ['2008 - 2010', '2011 - 2013', '2014 - 2016', '2017 - 2019', '2020 - 2022'] as const;

export function* inventSubjects(seed: string, counts: TableCounts): Generator<Subject> {
  const { xray, both, ed, neither } = counts.subjects;
  const subjects = xray + both + ed + neither;
  const subjectIds = createSubjectIds(seed, subjects);
  const stayIds = createIds(seed, 'stay');
  const drawKind = createUrn(counts.subjects, seed, 'tables', 'kinds');
  const lacksPatient = createSelector(
    counts.subjectsWithoutPatient,
    xray + both + ed,
    seed,
    'tables',
    'lacks',
  );
  const drawOutcomes = createOutcomes(seed, counts);
  const drawStays = createStays(seed, counts);
  let firstStay = 0;
  for (let index = 0; index < subjects; index += 1) {
    const kind = drawKind();
    const random = createRandom(seed, 'tables', 'subject', index);
    const person = inventPerson(random, subjectIds(index));
    const startS =
      startOfYear(random.integer(2110, 2180)) + DAY_S * random.integer(0, 364) + random.integer(0, DAY_S);
    const stays = drawStays(kind);
    const ids = Array.from({ length: stays }, (_, stay) => stayIds(firstStay + stay));
    firstStay += stays;
    const timeline = layTimeline(random, startS, ids, drawOutcomes(kind));
    const hasPatient = kind === 'neither' || !lacksPatient();
    yield { person, timeline, random, ...(hasPatient && { patientRow: patientRow(random, person, startS) }) };
  }
}

/** How many stays the next subject of a kind has. */
function createStays(seed: string, counts: TableCounts): (kind: keyof TableCounts['subjects']) => number {
  const { both, ed } = counts.subjects;
  const shares = (total: number, parts: number, name: string) =>
    createShares({ total, parts, least: 1, weigh: heavyTail }, seed, 'tables', 'stays', name);
  const ofBoth = shares(counts.staysOfBoth, both, 'both');
  const ofEd = shares(counts.stays - counts.staysOfBoth, ed, 'ed');
  return (kind) => (kind === 'both' ? ofBoth() : kind === 'ed' ? ofEd() : 0);
}

/** What becomes of each study that the next subject of a kind has. */
function createOutcomes(
  seed: string,
  { outcomes, badTimeWithoutStay, subjects }: TableCounts,
): (kind: keyof TableCounts['subjects']) => Outcome[] {
  const studiesOf = (name: 'xray' | 'both', of: Readonly<Record<string, number>>) => {
    const total = Object.values(of).reduce((sum, count) => sum + count, 0);
    const parts = subjects[name];
    return createShares({ total, parts, least: 1, weigh: heavyTail }, seed, 'tables', 'studies', name);
  };
  const ofXray = { 'bad-time': badTimeWithoutStay, 'no-stay': outcomes['no-stay'] };
  const ofBoth = { ...outcomes, 'no-stay': 0, 'bad-time': outcomes['bad-time'] - badTimeWithoutStay };
  const studies = { xray: studiesOf('xray', ofXray), both: studiesOf('both', ofBoth) };
  const draw = {
    xray: createUrn(ofXray, seed, 'tables', 'outcomes', 'xray'),
    both: createUrn(ofBoth, seed, 'tables', 'outcomes', 'both'),
  };
  return (kind) =>
    kind === 'xray' || kind === 'both' ? Array.from({ length: studies[kind]() }, () => draw[kind]()) : [];
}

function inventPerson(random: Random, subjectId: number): Person {
  const sex = random.chance(0.52) ? 'F' : 'M';
  return { subjectId, sex, age: random.integer(18, 91), habitus: random.uniform(0, 1) };
}

function patientRow(random: Random, { subjectId, sex, age }: Person, startS: number): string {
  const died = random.chance(0.1) ? dateText(startS + DAY_S * random.integer(200, 7000)) : '';
  return `${subjectId},${sex},${age},${yearOf(startS)},${random.pick(YEAR_GROUPS)},${died}`;
}
