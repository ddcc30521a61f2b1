import { expect, test } from 'vitest';
import { CHEXPERT_LABELS } from '../../../shared/pipeline/chexpert-labels.ts';
import fc from '../../../test/fixtures/properties.ts';
import general from './general-knowledge.json' with { type: 'json' };
import { createLeakageFilter } from './leakage-filter.ts';
import terms from './leakage-terms.json' with { type: 'json' };

const filter = createLeakageFilter();

test('each label has its group, and every term is found', () => {
  expect(terms.groups.map(({ name }) => name)).toEqual([...CHEXPERT_LABELS]);
  for (const { terms: words } of terms.groups) {
    for (const word of words) expect(filter.hasTerm(`x ${word.toUpperCase()}, y`), word).toBe(true);
  }
  for (const label of CHEXPERT_LABELS.filter((name) => !name.startsWith('Pleural Other'))) {
    expect(filter.hasTerm(label), label).toBe(true);
  }
});

test.each([
  ['fever, r/o pneumonia', 'fever'],
  ['cough, no evidence of pneumonia or pneumothorax.', 'cough.'],
  ['Pleural effusions', ''],
  ['cardio-megaly', ''],
  ['Cardiomegaly', ''],
  ['air-space opacities and cough', 'and cough'],
  ['ground-glass', ''],
  ['? PNA', ''],
  ['pain after fall, evaluate for rib fractures', 'pain after fall, evaluate for rib'],
  ['PNEUMONIA, CHEST PAIN', 'CHEST PAIN'],
  ['CHF/COPD', 'COPD'],
  ['dyspnea (likely edema)', 'dyspnea'],
])('"%s" becomes "%s"', (text, expected) => {
  expect(filter.removeTerms(text)).toBe(expected);
});

test.each(['capable', 'leading cause', 'massage', 'refractured', 'chest pain', 'shortness of breath'])(
  'whole words only: %s stays',
  (text) => {
    expect(filter.removeTerms(text)).toBe(text);
  },
);

test.each([
  ['COMPARISON: ___.\nThe lungs are fine. The mediastinum is wide.', 'COMPARISON: ___.'],
  ['TECHNIQUE: Single view. The heart is big.', 'TECHNIQUE: Single view.'],
  ['INDICATION: cough\nand fever. Fall.\nThe heart is big.', 'INDICATION: cough\nand fever. Fall.'],
  ['HISTORY: cough, fever', 'HISTORY: cough, fever'],
])('findings right after a section that is kept go: %s', (report, expected) => {
  expect(filter.filterReport(report)).toBe(expected);
});

test('no term is left, in whatever order words come', () => {
  const words = fc.constantFrom(
    'heart',
    'size',
    'no',
    'pneumonia',
    'lung',
    'effusions,',
    'or',
    'of',
    '-',
    'pleural',
    'cough.',
  );
  fc.assert(
    fc.property(
      fc.array(words, { maxLength: 20 }),
      (text) => !filter.hasTerm(filter.removeTerms(text.join(' '))),
    ),
  );
});

const SECTIONED = `                                 FINAL REPORT
 EXAMINATION:  CHEST (PA AND LAT)
 
 INDICATION:  ___F with new onset ascites  // eval for infection
 
 TECHNIQUE:  Chest PA and lateral
 
 COMPARISON:  None.
 
 There is no focal consolidation. The heart is large.
 
 FINDINGS: 
 
 Secret one.
 
 IMPRESSION: 
 
 Secret two.
 
 COMPARISON: Findings: secret three.`;

test('a report keeps what was written before the picture was read', () => {
  expect(filter.filterReport(SECTIONED)).toBe(
    [
      'EXAMINATION: CHEST (PA AND LAT)',
      'INDICATION: ___F with new onset ascites  // eval for infection',
      'TECHNIQUE: Chest PA and lateral',
      'COMPARISON: None.',
    ].join('\n'),
  );
});

test.each([
  'The heart is large. Lungs are white.',
  'FINAL REPORT\nPA and lateral views. Everything is fine.',
  'IMPRESSION\nSecret.',
  'Impression: Secret.',
  'WET READ: ___ secret',
  'LUNGS AND AIRWAYS: secret',
  'HISTORYFINDINGS: secret',
  '',
])('nothing is left of %j', (report) => {
  expect(filter.filterReport(report)).toBe('');
});

test('the general facts hold no term', () => {
  expect(general.length).toBeGreaterThan(60);
  expect(
    general.filter(({ title, text }) => filter.hasTerm(`${title}. ${text}`)).map(({ id }) => id),
  ).toEqual([]);
});

test('time grows with the text, whatever is in it', () => {
  for (const unit of [
    'no ',
    'no evidence of ',
    'pneumonia, ',
    'INDICATION: ',
    'A',
    ' ',
    '\n',
    'pleural ',
    '(,;',
    '?',
  ]) {
    const text = unit.repeat(200_000 / unit.length);
    const started = process.cpuUsage();
    filter.filterReport(`INDICATION: ${text}`);
    filter.removeTerms(text);
    const { user } = process.cpuUsage(started);
    expect(user / 1000, JSON.stringify(unit)).toBeLessThan(3_000);
  }
});
