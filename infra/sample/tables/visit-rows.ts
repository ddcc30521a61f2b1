/** Rows of edstays, triage and vitalsign: one visit to the emergency department, with the slips of those who typed it. */

import { type Clinical, inventClinical } from '../clinical.ts';
import type { Random } from '../random.ts';
import type { Findings } from '../study.ts';
import { dateTimeText } from './clock.ts';
import type { Person } from './findings.ts';
import type { PlacedStay } from './timeline.ts';

export const VISIT_HEADERS = {
  'ed/edstays.csv.gz': 'subject_id,hadm_id,stay_id,intime,outtime,gender,race,arrival_transport,disposition',
  'ed/triage.csv.gz':
    'subject_id,stay_id,temperature,heartrate,resprate,o2sat,sbp,dbp,pain,acuity,chiefcomplaint',
  'ed/vitalsign.csv.gz':
    'subject_id,stay_id,charttime,temperature,heartrate,resprate,o2sat,sbp,dbp,rhythm,pain',
} as const;

// biome-ignore format: a list to skim
const RACES = [
  'WHITE', 'WHITE', 'WHITE', 'WHITE', 'BLACK/AFRICAN AMERICAN', 'BLACK/AFRICAN AMERICAN', 'ASIAN - CHINESE',
  'HISPANIC/LATINO - PUERTO RICAN', 'WHITE - OTHER EUROPEAN', 'OTHER', 'UNKNOWN', 'PATIENT DECLINED TO ANSWER', '',
] as const;
const TRANSPORTS = [
  'WALK IN',
  'WALK IN',
  'AMBULANCE',
  'AMBULANCE',
  'UNKNOWN',
  'OTHER',
  'HELICOPTER',
] as const;
const RHYTHMS = [
  'Sinus Rhythm',
  'Sinus Rhythm',
  'Atrial Fibrillation',
  'sinus tach',
  'Paced Rhythm',
] as const;
const PAINS = ['uta', '5-6', '13', 'unable', 'Critical', 'sleeping', '0/10', 'denies', '?', '10+'] as const;
// biome-ignore format: a list to skim
const COMPLAINTS = [
  'Chest pain', 'Dyspnea', 'Abd pain', 'Cough', 'Fever', 'Weakness', 'Syncope', 'Dizziness', 's/p Fall', 'Palpitations',
  'Dyspnea, Cough', 'Chest pain, Dyspnea on exertion', 'Altered mental status', 'SOB, Fever, Hypoxia', 'ILI', 'N/V',
  'R/O "PNA"', 'Cough, "coughing up blood"', 'Transfer,\nChest pain', '"FEELS FUNNY"\nWeakness', 'Fièvre, toux', '',
] as const;

export function stayRow(random: Random, person: Person, stay: PlacedStay, hospitalId: number): string {
  const disposition = random.chance(0.42)
    ? 'ADMITTED'
    : random.pick(['HOME', 'HOME', 'HOME', 'TRANSFER', 'ELOPED']);
  const hospital = disposition === 'ADMITTED' ? hospitalId : '';
  return `${person.subjectId},${hospital},${stay.stayId},${dateTimeText(stay.inS)},${dateTimeText(stay.outS)},${person.sex},${random.pick(RACES)},${random.pick(TRANSPORTS)},${disposition}`;
}

/** What was measured on arrival; the streams of the small sample's values come from the subject's own here. */
export function inventVitals(random: Random, person: Person, findings: Findings): Clinical {
  return inventClinical({
    ...person,
    findings,
    studyId: 0,
    imageId: '',
    widthPx: 0,
    heightPx: 0,
    random: () => random,
  });
}

/** @param stayId not always that of a stay: some rows belong to none. */
export function triageRow(random: Random, { subjectId }: Person, stayId: number, vitals: Clinical): string {
  const acuity = vitals.acuity === null ? '' : `${vitals.acuity}.0`;
  const complaint = csvField(random.pick(COMPLAINTS));
  return `${subjectId},${stayId},${measured(random, vitals)},${painText(random, vitals.pain)},${acuity},${complaint}`;
}

/** By the time they were charted, from arrival to departure. */
export function* vitalRows(
  random: Random,
  { subjectId }: Person,
  { stayId, inS, outS }: PlacedStay,
  arrival: Clinical,
  rows: number,
): Generator<string> {
  for (let row = 0; row < rows; row += 1) {
    const chartS = Math.floor(inS + ((outS - inS) * (row + random.next())) / rows);
    const vitals = drifted(random, arrival);
    const rhythm = random.chance(0.04) ? random.pick(RHYTHMS) : '';
    yield `${subjectId},${stayId},${dateTimeText(chartS)},${measured(random, vitals)},${rhythm},${painText(random, vitals.pain)}`;
  }
}

function drifted(
  random: Random,
  { temperature, heartrate, resprate, o2sat, sbp, dbp, pain, acuity }: Clinical,
): Clinical {
  const near = (value: number | null, by: number, most = 250) =>
    value === null || random.chance(0.03)
      ? null
      : Math.min(most, Math.round(value + random.uniform(-by, by)));
  return {
    // Every other row of the published table has none.
    temperature:
      temperature === null || random.chance(0.4)
        ? null
        : Math.round(10 * (temperature + random.uniform(-1, 1))) / 10,
    heartrate: near(heartrate, 9),
    resprate: near(resprate, 3),
    o2sat: near(o2sat, 2, 100),
    sbp: near(sbp, 14),
    dbp: near(dbp, 9),
    pain: pain === null ? null : Math.max(0, near(pain, 2, 10) ?? 0),
    acuity,
  };
}

/** temperature to dbp. One row in a hundred or so has a value that no living patient can have. */
function measured(random: Random, { temperature, heartrate, resprate, o2sat, sbp, dbp }: Clinical): string {
  const text = (value: number | null, digits = 1) => (value === null ? '' : value.toFixed(digits));
  const fields = [text(temperature), text(heartrate), text(resprate), text(o2sat), text(sbp), text(dbp)];
  if (random.chance(0.012)) {
    const [field, value] = random.pick(SLIPS);
    fields[field] = value;
  }
  return fields.join(',');
}

/** The place of the field in `measured`, and what stands there. */
type Slip = readonly [number, string];

// biome-ignore format: a list to skim
const SLIPS: readonly [Slip, ...Slip[]] = [
  [0, '37.0'], [0, '986.0'], [0, '0.0'], [1, '9999.0'], [1, '0.0'], [2, '1820.0'], [3, '979.0'], [3, '9.0'],
  [4, '1234.0'], [4, '7.0'], [5, '661672.0'], [5, '0.0'],
];

function painText(random: Random, pain: number | null): string {
  if (random.chance(0.03)) return random.pick(PAINS);
  return pain === null ? '' : String(pain);
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
