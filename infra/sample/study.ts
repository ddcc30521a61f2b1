/** What is made up about one patient and one chest X-ray study; the picture, the report and the triage values all follow it. */

import { createRandom, type Random } from './random.ts';

/** Studies a patient has at most; identifiers are spaced by it. */
export const MAX_STUDIES_PER_PATIENT = 3;
/** Identifiers have eight digits and are spread over a range of this size. */
const ID_RANGE = 10_000_000;
/** Coprime to ID_RANGE, so that stepping by it visits every identifier once. */
const ID_STRIDE = 7_368_787;

export type Side = 'right' | 'left';
export type Zone = 'upper' | 'mid' | 'lower';

export interface Opacity {
  readonly side: Side;
  readonly zone: Zone;
  /** Fraction of the image's width. */
  readonly radius: number;
  /** 0 (none) to 1 (as dense as the heart). */
  readonly density: number;
}

export interface Findings {
  /** Widest heart over widest thorax; above 0.5 reads as enlarged. */
  readonly cardiothoracicRatio: number;
  /** 0 to 1, for each side. */
  readonly effusion: Readonly<Record<Side, number>>;
  readonly opacities: readonly Opacity[];
  /** -1 (shallow breath) to 1 (hyperinflated). */
  readonly inflation: number;
  readonly pacemaker: boolean;
}

export interface Study {
  readonly subjectId: number;
  readonly studyId: number;
  /** Five groups of eight hexadecimal digits, as in MIMIC-CXR. */
  readonly imageId: string;
  readonly age: number;
  readonly sex: 'F' | 'M';
  /** 0 (slight) to 1 (heavy). */
  readonly habitus: number;
  readonly findings: Findings;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Its own stream for everything drawn from it; `part` keeps the picture, the report and the values independent. */
  random(part: string): Random;
}

/** The studies of patient number `patient`, the same whatever the number of patients. */
export function inventStudies(seed: string, patient: number): Study[] {
  const random = createRandom(seed, 'patient', patient);
  const age = random.integer(21, 89);
  const base = {
    subjectId: identifier(10_000_000, seed, 'subject', patient),
    age,
    sex: random.chance(0.5) ? ('F' as const) : ('M' as const),
    habitus: random.uniform(0, 1),
  };
  const usualRatio = random.normal(0.43 + age / 1500, 0.035);
  const pacemaker = age > 60 && random.chance(0.15);
  const studies = random.integer(1, MAX_STUDIES_PER_PATIENT);
  return Array.from({ length: studies }, (_, index) => {
    const study = createRandom(seed, 'study', patient, index);
    return {
      ...base,
      studyId: identifier(50_000_000, seed, 'study', patient * MAX_STUDIES_PER_PATIENT + index),
      imageId: inventImageId(study),
      findings: inventFindings(study, usualRatio, pacemaker),
      widthPx: 2544 + 8 * study.integer(-12, 8),
      heightPx: 3056 + 8 * study.integer(-14, 8),
      random: (part) => createRandom(seed, part, patient, index),
    };
  });
}

function inventFindings(random: Random, usualRatio: number, pacemaker: boolean): Findings {
  const ratio = Math.min(0.62, Math.max(0.37, usualRatio + random.normal(0, 0.012)));
  const fluid = (probability: number) => (random.chance(probability) ? random.uniform(0.25, 0.9) : 0);
  const opacities = random.chance(0.45)
    ? Array.from({ length: random.integer(1, 2) }, () => inventOpacity(random))
    : [];
  return {
    cardiothoracicRatio: ratio,
    effusion: { right: fluid(0.12), left: fluid(0.15) },
    opacities,
    inflation: Math.max(-1, Math.min(1, random.normal(0, 0.45))),
    pacemaker,
  };
}

function inventOpacity(random: Random): Opacity {
  return {
    side: random.pick(['right', 'left']),
    zone: random.pick(['upper', 'mid', 'lower', 'lower']),
    radius: random.uniform(0.035, 0.09),
    density: random.uniform(0.35, 0.9),
  };
}

function inventImageId(random: Random): string {
  const group = () => random.integer(0, 0xffff_ffff).toString(16).padStart(8, '0');
  return Array.from({ length: 5 }, group).join('-');
}

function identifier(first: number, seed: string, kind: string, index: number): number {
  const start = createRandom(seed, 'first', kind).integer(0, ID_RANGE - 1);
  return first + ((start + index * ID_STRIDE) % ID_RANGE);
}
