import { expect, test } from 'vitest';
import fc from '../../../test/fixtures/properties.ts';
import { countTables, MAX_IMAGES_PER_STUDY, MAX_RECORDS, MIMIC_RECORDS } from './table-counts.ts';

test.each([true, false])("at MIMIC's size the numbers are MIMIC's (reports: %s)", (withReports) => {
  const counts = countTables(MIMIC_RECORDS, withReports);
  expect(counts).toMatchObject({ patients: 299_712, stays: 425_087, vitals: 1_564_610 });
  expect(counts).toMatchObject({ studies: 227_835, images: 377_110 });
  expect(counts.subjects.xray + counts.subjects.both).toBe(65_379);
  expect(counts.subjects.both + counts.subjects.ed).toBe(205_504);
  expect(counts.outcomes.matched).toBe(107_949);
  expect(counts.outcomes['no-report'] > 0).toBe(withReports);
});

test('at any size everything adds up and there is something of everything', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MAX_RECORDS }), fc.boolean(), (records, withReports) => {
      const counts = countTables(records, withReports);
      const { outcomes, subjects, badTimeWithoutStay } = counts;
      expect(outcomes.matched).toBe(records);
      expect(Math.min(...Object.values({ ...outcomes, 'no-report': 1 }))).toBeGreaterThan(0);
      expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(counts.studies);
      expect(Math.min(...Object.values(subjects))).toBeGreaterThan(0);
      const treated = subjects.xray + subjects.both + subjects.ed;
      expect(treated + subjects.neither - counts.subjectsWithoutPatient).toBe(counts.patients);
      // At least one study and one stay for each subject that must have one.
      const ofXray = outcomes['no-stay'] + badTimeWithoutStay;
      expect(ofXray).toBeGreaterThanOrEqual(subjects.xray);
      expect(counts.studies - ofXray).toBeGreaterThanOrEqual(subjects.both);
      expect(counts.staysOfBoth).toBeGreaterThanOrEqual(subjects.both);
      expect(counts.stays - counts.staysOfBoth).toBeGreaterThanOrEqual(subjects.ed);
      expect(counts.images).toBeGreaterThan(counts.studies);
      expect(counts.images).toBeLessThanOrEqual(MAX_IMAGES_PER_STUDY * counts.studies);
      expect(counts.staysWithoutTriage).toBeLessThan(counts.stays);
      expect(counts.studiesWithoutLabels).toBeLessThan(counts.studies);
      expect(counts.stays + counts.staysWithoutTriage).toBeLessThan(10_000_000);
    }),
    {
      numRuns: 300,
      examples: [
        [1, true],
        [1, false],
        [MAX_RECORDS, true],
      ],
    },
  );
});
