/** The lines of a note that are made of a record's values: who the patient is, and what was measured. */

import { LAST_VITAL_FEATURES, TRIAGE_FEATURES } from '../../../shared/pipeline/clinical-features.ts';
import type { RecordLine } from '../../../shared/pipeline/record-line.ts';
import { cleanLine } from './clean-text.ts';

/** Longer than any that a hospital has charted. */
const MAX_FIELD_UNITS = 200;
const MAX_COMPLAINT_UNITS = 1_000;
const MAX_AGE_YEARS = 130;

const ADULT = 18;
const WITHOUT_CONTENT = new Set(['', 'unknown', 'other', 'none', 'n/a', 'null', 'unable to obtain', '___']);
const WITHOUT_RACE = new Set(['patient declined to answer', 'declined']);

const ARRIVALS: Readonly<Record<string, string>> = {
  ambulance: 'arrived by ambulance',
  helicopter: 'arrived by helicopter',
  'walk in': 'walked in',
};

/** `Patient: 57-year-old woman, arrived by ambulance; race as recorded: WHITE.` Always something. */
export function demographicsLine(line: RecordLine): string {
  const { gender, race, arrival_transport } = line.demographics ?? {};
  const arrival = content(arrival_transport);
  const recordedRace = content(race);
  const key = arrival.toLowerCase();
  const arrived = Object.hasOwn(ARRIVALS, key) ? ARRIVALS[key] : arrival && `arrival: ${arrival}`;
  const parts = [person(plausible(line.clinical['age'], 0, MAX_AGE_YEARS), gender), arrived];
  const who = parts.filter((part) => part !== undefined && part !== '').join(', ');
  const known = recordedRace !== '' && !WITHOUT_RACE.has(recordedRace.toLowerCase());
  return `Patient: ${who}${known ? `; race as recorded: ${recordedRace}` : ''}.`;
}

/** The complaint in one line; undefined when there is none. */
export function complaintOf({ chief_complaint }: RecordLine): string | undefined {
  const complaint = cleanLine(chief_complaint ?? '', MAX_COMPLAINT_UNITS);
  return complaint === '' ? undefined : complaint;
}

/** Undefined when nothing plausible was measured. */
export function triageLine({ clinical }: RecordLine): string | undefined {
  const measured = vitalSigns(clinical, TRIAGE_FEATURES, '');
  const acuity = charted(clinical, TRIAGE_FEATURES, 'acuity');
  if (acuity !== undefined) {
    measured.push(`acuity ${acuity} on a scale from 1 (most urgent) to 5 (least urgent)`);
  }
  return measured.length === 0 ? undefined : `Triage: ${measured.join(', ')}.`;
}

export function lastVitalsLine({ clinical }: RecordLine): string | undefined {
  const measured = vitalSigns(clinical, LAST_VITAL_FEATURES, 'last_');
  return measured.length === 0 ? undefined : `Last vital signs: ${measured.join(', ')}.`;
}

type Clinical = RecordLine['clinical'];
type Features = typeof TRIAGE_FEATURES;

function content(text: string | null | undefined): string {
  const clean = cleanLine(text ?? '', MAX_FIELD_UNITS);
  return WITHOUT_CONTENT.has(clean.toLowerCase()) ? '' : clean;
}

function person(age: number | undefined, gender: string | null | undefined): string {
  const letter = cleanLine(gender ?? '', MAX_FIELD_UNITS)
    .charAt(0)
    .toUpperCase();
  const years = age === undefined ? undefined : Math.floor(age);
  const child = years !== undefined && years < ADULT;
  let noun = child ? 'child' : 'patient';
  if (letter === 'F') noun = child ? 'girl' : 'woman';
  if (letter === 'M') noun = child ? 'boy' : 'man';
  if (years === undefined)
    return noun === 'patient' ? 'age and gender not recorded' : `${noun}, age not recorded`;
  return years === 0 ? `${noun} under one year old` : `${years}-year-old ${noun}`;
}

function plausible(value: number | null | undefined, min: number, max: number): number | undefined {
  if (value === null || value === undefined || !(value >= min && value <= max)) return undefined;
  // As charted: no more decimals than anyone charts.
  return Math.round(value * 100) / 100;
}

function charted(clinical: Clinical, features: Features, name: string): number | undefined {
  const feature = features.find((one) => one.name === name);
  return feature && plausible(clinical[name], feature.min, feature.max);
}

function vitalSigns(clinical: Clinical, features: Features, prefix: string): string[] {
  const value = (name: string) => charted(clinical, features, prefix + name);
  const systolic = value('sbp');
  const diastolic = value('dbp');
  const both = systolic !== undefined && diastolic !== undefined;
  const signs: string[] = [];
  for (const { name, label, unit } of features) {
    const sign = name.slice(prefix.length);
    const measured = value(sign);
    if (measured === undefined || sign === 'acuity') continue;
    if (sign === 'pain') signs.push(`pain ${measured} of 10`);
    else if (both && sign === 'sbp') signs.push(`blood pressure ${systolic}/${diastolic} mmHg`);
    else if (!(both && sign === 'dbp'))
      signs.push(`${label} ${measured}${unit.startsWith('/') ? '' : ' '}${unit}`);
  }
  return signs;
}
