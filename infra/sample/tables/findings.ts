/** What a study shows, as a study of the small sample, and its labels of CheXpert. */

import { CHEXPERT_LABELS, type ChexpertLabel } from '../../../shared/pipeline/chexpert-labels.ts';
import { createRandom, type Random } from '../random.ts';
import type { Findings, Opacity, Study } from '../study.ts';

export interface Person {
  readonly subjectId: number;
  readonly sex: 'F' | 'M';
  readonly age: number;
  readonly habitus: number;
}

/** Half of all studies show nothing of note. */
export function inventFindings(random: Random, { age }: Person): Findings {
  const isIll = random.chance(0.5);
  const fluid = (probability: number) =>
    isIll && random.chance(probability) ? random.uniform(0.25, 0.9) : 0;
  const opacity = (): Opacity => ({
    side: random.pick(['right', 'left']),
    zone: random.pick(['upper', 'mid', 'lower', 'lower']),
    radius: random.uniform(0.035, 0.09),
    density: random.uniform(0.35, 0.9),
  });
  const ratio = random.normal(0.43 + age / 1500, 0.035);
  return {
    cardiothoracicRatio: Math.min(0.62, Math.max(0.37, ratio)),
    effusion: { right: fluid(0.35), left: fluid(0.4) },
    opacities: isIll && random.chance(0.6) ? Array.from({ length: random.integer(1, 2) }, opacity) : [],
    inflation: Math.max(-1, Math.min(1, random.normal(0, 0.45))),
    pacemaker: age > 60 && random.chance(0.15),
  };
}

/** The study as what draws and describes it wants it. `seed` keys streams of its own for picture and report. */
export function describedStudy(
  seed: string,
  person: Person,
  studyId: number,
  imageId: string,
  findings: Findings,
): Study {
  const size = createRandom(seed, 'tables', 'size', imageId);
  return {
    ...person,
    studyId,
    imageId,
    findings,
    widthPx: 2544 + 8 * size.integer(-12, 8),
    heightPx: 3056 + 8 * size.integer(-14, 8),
    random: (part) => createRandom(seed, 'tables', part, studyId, imageId),
  };
}

/** In the order of the published table, after the two identifiers: 1.0, 0.0, -1.0 or nothing. */
export function labelFields(random: Random, findings: Findings): string[] {
  const { opacities, effusion, cardiothoracicRatio, pacemaker } = findings;
  const positive = new Set<ChexpertLabel>();
  if (opacities.length > 0) positive.add('Lung Opacity');
  if (opacities.some(({ density }) => density > 0.65)) positive.add('Consolidation').add('Pneumonia');
  if (effusion.left + effusion.right > 0) positive.add('Pleural Effusion');
  if (effusion.left + effusion.right > 1) positive.add('Edema');
  if (cardiothoracicRatio > 0.5) positive.add('Cardiomegaly');
  if (pacemaker) positive.add('Support Devices');
  if (positive.size === (pacemaker ? 1 : 0)) positive.add('No Finding');
  return CHEXPERT_LABELS.map((label) => {
    if (positive.has(label)) return label !== 'No Finding' && random.chance(0.12) ? '-1.0' : '1.0';
    return label !== 'No Finding' && random.chance(0.18) ? '0.0' : '';
  });
}
