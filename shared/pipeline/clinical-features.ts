/** The clinical features of a record: the order of the output vector, units, and what a living patient can have. */

export interface ClinicalFeature {
  readonly name: string;
  readonly unit: string;
  /** Values outside cannot be right, and count as missing. */
  readonly min: number;
  readonly max: number;
}

interface Measurement extends ClinicalFeature {
  /** As a reader of a note would call it. */
  readonly label: string;
}

/** As in MIMIC-IV-ED's triage and vitalsign tables. The ranges are wide: they find slips of the keyboard, not illness. */
const VITAL_SIGNS: readonly Measurement[] = [
  { name: 'temperature', label: 'temperature', unit: '°F', min: 75, max: 115 },
  { name: 'heartrate', label: 'heart rate', unit: '/min', min: 10, max: 350 },
  { name: 'resprate', label: 'respiratory rate', unit: '/min', min: 1, max: 100 },
  { name: 'o2sat', label: 'oxygen saturation', unit: '%', min: 10, max: 100 },
  { name: 'sbp', label: 'systolic blood pressure', unit: 'mmHg', min: 20, max: 350 },
  { name: 'dbp', label: 'diastolic blood pressure', unit: 'mmHg', min: 5, max: 250 },
  { name: 'pain', label: 'pain', unit: '0-10', min: 0, max: 10 },
];

const ACUITY: Measurement = { name: 'acuity', label: 'acuity', unit: '1-5', min: 1, max: 5 };
const AGE: Measurement = { name: 'age', label: 'age', unit: 'years', min: 0, max: 130 };

export const TRIAGE_FEATURES: readonly Measurement[] = [...VITAL_SIGNS, ACUITY];

/** The last vital signs that were charted during the stay. */
export const LAST_VITAL_FEATURES: readonly Measurement[] = VITAL_SIGNS.map((sign) => ({
  ...sign,
  name: `last_${sign.name}`,
}));

/** In the order of `clinical.npy`. */
export const CLINICAL_FEATURES: readonly ClinicalFeature[] = [
  ...TRIAGE_FEATURES,
  ...LAST_VITAL_FEATURES,
  AGE,
];
