import { expect, test } from 'vitest';
import { inventClinical } from './clinical.ts';
import { planFaults } from './faults.ts';
import { writeReport } from './report.ts';
import { inventStudies, type Study } from './study.ts';

const studies = Array.from({ length: 400 }, (_, patient) => inventStudies('study-test', patient)).flat();

test('identifiers are eight digits and never repeat, and every patient has one to three studies', () => {
  expect(new Set(studies.map((study) => study.studyId)).size).toBe(studies.length);
  expect(new Set(studies.map((study) => study.subjectId)).size).toBe(400);
  for (const { subjectId, studyId } of studies) {
    expect(String(subjectId)).toMatch(/^1\d{7}$/);
    expect(String(studyId)).toMatch(/^5\d{7}$/);
  }
  const counts = Map.groupBy(studies, (study) => study.subjectId);
  expect(new Set([...counts.values()].map((own) => own.length))).toEqual(new Set([1, 2, 3]));
});

test('a report says what the findings are, and nothing that they are not', () => {
  const reports = studies.map((study) => ({ study, report: writeReport(study) }));
  for (const { study, report } of reports) {
    const { opacities, effusion, cardiothoracicRatio, pacemaker } = study.findings;
    const findings = report.slice(report.indexOf('FINDINGS:'), report.indexOf('IMPRESSION:'));
    for (const { side, zone } of opacities) expect(findings).toContain(`opacity in the ${side} ${zone} zone`);
    expect(findings.includes('opacity in the')).toBe(opacities.length > 0);
    expect(findings.includes('There is no pleural effusion.')).toBe(effusion.right + effusion.left === 0);
    expect(/right pleural effusion|on the right and/.test(findings)).toBe(effusion.right > 0);
    expect(findings.includes('enlarged')).toBe(cardiothoracicRatio > 0.5);
    expect(findings.includes('pacemaker')).toBe(pacemaker);
    expect(report).toMatch(/^SYNTHETIC REPORT\n/);
  }
  const normal = reports.filter(({ report }) => report.includes('No acute cardiopulmonary process.'));
  expect(normal.length).toBeGreaterThan(reports.length / 10);
  expect(normal.length).toBeLessThan((reports.length * 9) / 10);
  expect(new Set(reports.map(({ report }) => report)).size).toBeGreaterThan(reports.length * 0.9);
});

test('triage values lie in human ranges, some are missing, and a sicker chest has less oxygen', () => {
  const clinical = studies.map(inventClinical);
  const values = clinical.flatMap((record) => Object.values(record));
  const missing = values.filter((value) => value === null).length / values.length;
  expect(missing).toBeGreaterThan(0.03);
  expect(missing).toBeLessThan(0.1);
  for (const { temperature, acuity, sbp, dbp } of clinical) {
    if (temperature !== null) expect(temperature).toBeGreaterThanOrEqual(95);
    if (acuity !== null) expect([1, 2, 3, 4, 5]).toContain(acuity);
    if (sbp !== null && dbp !== null) expect(dbp).toBeLessThan(sbp);
  }
  const oxygen = (sick: boolean) =>
    mean(studies.filter((study) => isSick(study) === sick).map((study) => inventClinical(study).o2sat));
  expect(oxygen(true)).toBeLessThan(oxygen(false) - 1);
});

test('faults are spread: exactly as many as asked for, in turn', () => {
  for (const [records, faulty] of [
    [1, 1],
    [7, 3],
    [40, 3],
    [40, 40],
    [100, 7],
    [5, 0],
  ] as const) {
    const faultOf = planFaults(records, faulty);
    const faults = Array.from({ length: records }, (_, record) => faultOf(record)).filter(
      (fault) => fault !== undefined,
    );
    expect(faults).toHaveLength(faulty);
    expect(faults.slice(0, 3)).toEqual(['image-corrupt', 'image-missing', 'line-malformed'].slice(0, faulty));
  }
});

const isSick = ({ findings }: Study) => findings.opacities.length > 0 || findings.effusion.left > 0.5;

function mean(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
