/** Made-up triage values, named and measured as in MIMIC-IV-ED; a sicker picture goes with worse values. */

import type { Random } from './random.ts';
import type { Study } from './study.ts';

/** temperature °F · heartrate and resprate per minute · o2sat % · sbp and dbp mmHg · pain 0–10 · acuity 1 (worst) to 5. */
export type Clinical = Readonly<Record<ClinicalName, number | null>>;

type ClinicalName = 'temperature' | 'heartrate' | 'resprate' | 'o2sat' | 'sbp' | 'dbp' | 'pain' | 'acuity';

/** Triage notes have gaps; a missing value is null, never 0. */
const MISSING_PROBABILITY = 0.06;

export function inventClinical(study: Study): Clinical {
  const random = study.random('clinical');
  const illness = severity(study);
  const infection = study.findings.opacities.length > 0 ? illness : 0;
  const sbp = Math.round(clamp(random.normal(118 + study.age * 0.3 - 18 * illness, 14), 74, 220));
  const values: Readonly<Record<ClinicalName, number>> = {
    temperature: roundTo(0.1, clamp(random.normal(98.2 + 2.6 * infection, 0.6), 95, 105)),
    heartrate: Math.round(clamp(random.normal(79 + 26 * illness, 11), 42, 165)),
    resprate: Math.round(clamp(random.normal(16 + 8 * illness, 1.8), 9, 42)),
    o2sat: Math.round(clamp(random.normal(98 - 8 * illness, 1.4), 76, 100)),
    sbp,
    dbp: Math.round(clamp(sbp * random.normal(0.6, 0.04), 40, 130)),
    pain: Math.round(clamp(random.normal(3 + 2 * illness, 2.5), 0, 10)),
    acuity: Math.round(clamp(random.normal(3.2 - 1.5 * illness, 0.5), 1, 5)),
  };
  return withGaps(values, random);
}

/** 0 (well) to 1. */
function severity({ findings }: Study): number {
  const consolidation = findings.opacities.reduce(
    (sum, { radius, density }) => sum + 7 * radius * density,
    0,
  );
  const fluid = 0.4 * (findings.effusion.right + findings.effusion.left);
  return clamp(consolidation + fluid + 3 * Math.max(0, findings.cardiothoracicRatio - 0.5), 0, 1);
}

function withGaps(values: Readonly<Record<ClinicalName, number>>, random: Random): Clinical {
  const gap = (value: number) => (random.chance(MISSING_PROBABILITY) ? null : value);
  return {
    temperature: gap(values.temperature),
    heartrate: gap(values.heartrate),
    resprate: gap(values.resprate),
    o2sat: gap(values.o2sat),
    sbp: gap(values.sbp),
    dbp: gap(values.dbp),
    pain: gap(values.pain),
    acuity: gap(values.acuity),
  };
}

const clamp = (value: number, from: number, to: number) => Math.min(to, Math.max(from, value));
const roundTo = (step: number, value: number) => Number((Math.round(value / step) * step).toFixed(1));
