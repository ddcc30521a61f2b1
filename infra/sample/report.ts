/** Writes a radiology-style report that says of a study what its picture shows. */

import type { Random } from './random.ts';
import type { Findings, Opacity, Study } from './study.ts';

/** Above this the heart reads as enlarged on a frontal picture. */
const ENLARGED_RATIO = 0.5;
const MARKEDLY_ENLARGED_RATIO = 0.56;
const LARGE_EFFUSION = 0.6;

export function writeReport(study: Study): string {
  const random = study.random('report');
  return [
    'SYNTHETIC REPORT',
    '',
    `EXAMINATION:  ${random.pick(['CHEST (PORTABLE AP)', 'CHEST (SINGLE VIEW)', 'CHEST RADIOGRAPH, FRONTAL'])}`,
    '',
    `INDICATION:  ${indication(study, random)}`,
    '',
    `TECHNIQUE:  ${random.pick(['Single frontal view of the chest.', 'Frontal view of the chest was obtained.'])}`,
    '',
    `COMPARISON:  ${random.pick(['None.', 'None available.', 'No prior studies.'])}`,
    '',
    'FINDINGS:',
    '',
    describe(study.findings, random).join(' '),
    '',
    'IMPRESSION:',
    '',
    conclude(study.findings, random),
    '',
  ].join('\n');
}

function indication({ age, sex, findings }: Study, random: Random): string {
  const person = `${age} year old ${sex === 'F' ? 'woman' : 'man'}`;
  if (findings.opacities.length > 0) {
    return `${person} with ${random.pick(['fever and cough', 'productive cough', 'shortness of breath and fever'])}  // ${random.pick(['pneumonia?', 'evaluate for infiltrate'])}`;
  }
  if (findings.effusion.right + findings.effusion.left > 0) {
    return `${person} with ${random.pick(['dyspnea', 'shortness of breath', 'pleuritic chest pain'])}  // effusion?`;
  }
  return `${person} with ${random.pick(['chest pain', 'palpitations', 'cough', 'syncope', 'weakness'])}  // ${random.pick(['acute process?', 'eval for cardiopulmonary process'])}`;
}

function describe(findings: Findings, random: Random): string[] {
  const sentences = [describeVolume(findings.inflation, random)];
  if (findings.pacemaker) {
    sentences.push('A left chest wall pacemaker is present with its lead ending over the right ventricle.');
  }
  sentences.push(describeHeart(findings.cardiothoracicRatio, random));
  const opacities = distinct(findings.opacities);
  if (opacities.length === 0) {
    sentences.push(
      random.pick(['The lungs are clear.', 'There is no focal consolidation.', 'No focal opacity is seen.']),
    );
  }
  for (const opacity of opacities) {
    sentences.push(`There is ${opacityPhrase(opacity)}${random.pick(['.', ', without a sharp outline.'])}`);
  }
  sentences.push(...describeEffusion(findings), 'There is no pneumothorax.');
  sentences.push(random.pick(['The bony structures are intact.', 'No acute osseous abnormality is seen.']));
  return sentences;
}

function describeVolume(inflation: number, random: Random): string {
  if (inflation > 0.55) return 'The lungs are hyperinflated.';
  if (inflation < -0.5) return 'Lung volumes are low.';
  return random.pick(['The lungs are well expanded.', 'Lung volumes are normal.']);
}

function describeHeart(ratio: number, random: Random): string {
  if (ratio > MARKEDLY_ENLARGED_RATIO) return 'The cardiac silhouette is markedly enlarged.';
  if (ratio > ENLARGED_RATIO) return 'The cardiac silhouette is mildly enlarged.';
  return random.pick(['The cardiomediastinal silhouette is normal.', 'Heart size is normal.']);
}

function describeEffusion({ effusion }: Findings): string[] {
  const size = (amount: number) => (amount > LARGE_EFFUSION ? 'moderate' : 'small');
  if (effusion.right > 0 && effusion.left > 0) {
    return [
      `There are bilateral pleural effusions, ${size(effusion.right)} on the right and ${size(effusion.left)} on the left.`,
    ];
  }
  if (effusion.right > 0) return [`There is a ${size(effusion.right)} right pleural effusion.`];
  if (effusion.left > 0) return [`There is a ${size(effusion.left)} left pleural effusion.`];
  return ['There is no pleural effusion.'];
}

function conclude(findings: Findings, random: Random): string {
  const points = distinct(findings.opacities).map(
    ({ side, zone }) =>
      `${capital(side)} ${zone} zone opacity, ${random.pick(['concerning for pneumonia', 'which may represent pneumonia'])}.`,
  );
  const { right, left } = findings.effusion;
  if (right > 0 && left > 0) points.push('Bilateral pleural effusions.');
  else if (right > 0 || left > 0) points.push(`${right > 0 ? 'Right' : 'Left'} pleural effusion.`);
  if (findings.cardiothoracicRatio > ENLARGED_RATIO) points.push('Cardiomegaly.');
  if (points.length === 0) return 'No acute cardiopulmonary process.';
  return points.length === 1
    ? points.join('')
    : points.map((point, index) => `${index + 1}. ${point}`).join('\n');
}

function opacityPhrase({ side, zone, density, radius }: Opacity): string {
  const strength = density > 0.65 ? 'dense' : 'hazy';
  return `a ${radius > 0.065 ? 'large' : 'focal'} ${strength} opacity in the ${side} ${zone} zone`;
}

/** One for each place: two patches over each other read as one. */
function distinct(opacities: readonly Opacity[]): Opacity[] {
  return [...new Map(opacities.map((opacity) => [`${opacity.side} ${opacity.zone}`, opacity])).values()];
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
