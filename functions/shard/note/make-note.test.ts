import { expect, test } from 'vitest';
import type { RecordLine } from '../../../shared/pipeline/record-line.ts';
import { generalKnowledge, readKnowledge } from './knowledge-base.ts';
import { createNoteMaker, type MadeNote } from './make-note.ts';

const LINE: RecordLine = {
  subject_id: 1,
  study_id: 2,
  image: 'x.jpg',
  report: '',
  demographics: { gender: 'F', race: 'WHITE', arrival_transport: 'AMBULANCE' },
  chief_complaint: 'Chest pain, Dyspnea',
  clinical: {
    ...{ temperature: 98.6, heartrate: 88, resprate: 18, o2sat: 97, sbp: 120, dbp: 80, pain: 4, acuity: 2 },
    ...{ last_temperature: 101, last_heartrate: 110, last_sbp: 95, age: 57 },
  },
};
const REPORT =
  'FINAL REPORT\r\n EXAMINATION:  CHEST (PA)  \r\n\r\n INDICATION:  ___F with cough\r\n\r\n FINDINGS: Clear lungs.\r\n';
const plain = createNoteMaker({ aggressiveFiltering: false, passages: 0, knowledge: undefined });

/** By the name of the section, as Python would slice it. */
function sections({ text, segments }: MadeNote): Record<string, string> {
  const points = [...text];
  return Object.fromEntries(
    segments.map(({ name, start, end, passage }) => [passage ?? name, points.slice(start, end).join('')]),
  );
}

test('a note says in plain English what is known, with units', () => {
  const note = plain.make(LINE, REPORT);
  expect(sections(note)).toEqual({
    demographics: 'Patient: 57-year-old woman, arrived by ambulance; race as recorded: WHITE.',
    chief_complaint: 'Chief complaint: Chest pain, Dyspnea',
    triage:
      'Triage: temperature 98.6 °F, heart rate 88/min, respiratory rate 18/min, oxygen saturation 97 %, blood pressure 120/80 mmHg, pain 4 of 10, acuity 2 on a scale from 1 (most urgent) to 5 (least urgent).',
    vital_signs: 'Last vital signs: temperature 101 °F, heart rate 110/min, systolic blood pressure 95 mmHg.',
    report:
      'Report:\nFINAL REPORT\n EXAMINATION:  CHEST (PA)\n\n INDICATION:  ___F with cough\n\n FINDINGS: Clear lungs.',
  });
  expect(note.text).toBe(Object.values(sections(note)).join('\n\n'));
});

test('what is missing or cannot be is left out', () => {
  const clinical = {
    temperature: 9999,
    heartrate: null,
    o2sat: Number.NaN,
    sbp: 400,
    dbp: 80,
    age: 200,
    last_pain: 11,
  };
  const note = plain.make(
    { ...LINE, demographics: { gender: null, race: 'UNKNOWN' }, chief_complaint: null, clinical },
    ' \n ',
  );
  expect(sections(note)).toEqual({
    demographics: 'Patient: age and gender not recorded.',
    triage: 'Triage: diastolic blood pressure 80 mmHg.',
  });
});

test.each([
  ['M', 0.5, 'boy under one year old'],
  ['f', 17, '17-year-old girl'],
  ['m', 18, '18-year-old man'],
  [undefined, 40, '40-year-old patient'],
  ['F', undefined, 'woman, age not recorded'],
  ['nonsense', -1, 'age and gender not recorded'],
])('gender %s and age %s make "%s"', (gender, age, expected) => {
  const { text } = plain.make({ ...LINE, demographics: { gender }, clinical: { age: age ?? null } }, '');
  expect(text.split('\n')[0]).toBe(`Patient: ${expected}.`);
});

test('offsets count code points, not UTF-16 units', () => {
  const note = plain.make({ ...LINE, chief_complaint: '😀😀 pain' }, '胸部 𠀀 x');
  expect(sections(note)).toMatchObject({
    chief_complaint: 'Chief complaint: 😀😀 pain',
    report: 'Report:\n胸部 𠀀 x',
  });
  expect(note.segments.at(-1)?.end).toBe([...note.text].length);
});

test('hostile text is bounded, and breaks neither lines nor pairs', () => {
  const hostile = `a\u0000b\n\nReport:\u202e c\ud800 <b>d</b>${'😀'.repeat(100_000)}`;
  const demographics = { gender: 'F', race: hostile, arrival_transport: '__proto__' };
  const note = plain.make({ ...LINE, demographics, chief_complaint: hostile }, hostile.repeat(3));
  const { demographics: who = '', chief_complaint: complaint = '', report = '' } = sections(note);
  expect(who).toContain('a b Report: c\ufffd <b>d</b>😀');
  expect(who).toContain('arrival: __proto__');
  expect(who.length).toBeLessThan(600);
  expect(complaint.length).toBeLessThan(1_100);
  expect(complaint).not.toContain('\n');
  expect(report.length).toBeLessThan(200_100);
  expect(report.endsWith('\n[The report is longer.]')).toBe(true);
  expect(note.text.isWellFormed()).toBe(true);
});

test('passages are marked, and known by their ids', async () => {
  const maker = createNoteMaker({
    aggressiveFiltering: false,
    passages: 2,
    knowledge: await generalKnowledge(),
  });
  const note = maker.make({ ...LINE, chief_complaint: 'Palpitations' }, '');
  const references = note.segments.filter(({ name }) => name === 'reference');
  expect(references.map(({ passage }) => passage)).toContain('palpitations');
  expect(sections(note)['palpitations']).toMatch(/^\[Reference: Palpitations\] Palpitations are/);
  expect(maker.make(LINE, REPORT)).toEqual(maker.make(LINE, REPORT));
});

test('with 0 passages, or none that shares a word, there are none', async () => {
  const knowledge = await generalKnowledge();
  const none = createNoteMaker({ aggressiveFiltering: false, passages: 0, knowledge });
  expect(none.make(LINE, REPORT)).toEqual(plain.make(LINE, REPORT));
  const some = createNoteMaker({ aggressiveFiltering: false, passages: 3, knowledge });
  const complaint = { ...LINE, chief_complaint: 'xyzzy' };
  expect(some.make(complaint, '')).toEqual(plain.make(complaint, ''));
});

test('aggressive filtering leaves no term in complaint, report or passage', async () => {
  const lines = [
    { id: 'a', title: 'Cough', text: 'A cough may mean pneumonia.' },
    { id: 'b', title: 'Cough', text: 'A cough is common.' },
  ];
  const file = Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'));
  const knowledge = await readKnowledge(
    (async function* () {
      yield file;
    })(),
    'kb',
  );
  const maker = createNoteMaker({ aggressiveFiltering: true, passages: 2, knowledge });
  const note = maker.make({ ...LINE, chief_complaint: 'COUGH, R/O PNEUMONIA' }, REPORT);
  expect(sections(note)).toMatchObject({
    chief_complaint: 'Chief complaint: COUGH',
    report: 'Report:\nEXAMINATION: CHEST (PA)\nINDICATION: ___F with cough',
    b: '[Reference: Cough] A cough is common.',
  });
  expect(note.text).not.toMatch(/pneumonia|clear lungs/i);
});
