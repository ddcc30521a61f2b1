import { expect, test } from 'vitest';
import { CHEXPERT_LABELS } from './chexpert-labels.ts';
import { CLINICAL_FEATURES } from './clinical-features.ts';
import { datasetRowSchema, rowOf } from './dataset-row.ts';

const line = { subject_id: 10_000_032, study_id: '50414267', clinical: {} };

test('clinical values stand in their places; what is missing, unknown or cannot be right is null', () => {
  const clinical = { heartrate: 80, temperature: 986, pain: null, age: 52, constructor: 1, heart_rate: 70 };
  const row = rowOf(3, 'val', { ...line, clinical });
  const byName = Object.fromEntries(CLINICAL_FEATURES.map(({ name }, i) => [name, row.clinical[i]]));
  expect(byName).toMatchObject({ heartrate: 80, temperature: null, pain: null, age: 52, sbp: null });
  expect(row.clinical.filter((value) => value !== null)).toHaveLength(2);
  expect(datasetRowSchema.parse(JSON.parse(JSON.stringify(row)))).toEqual(row);
});

test('ids are text, and what the line lacks the row lacks', () => {
  expect(rowOf(0, 'train', line)).toEqual({
    position: 0,
    split: 'train',
    subject_id: '10000032',
    study_id: '50414267',
    clinical: CLINICAL_FEATURES.map(() => null),
  });
  const labels = { Edema: -1, Pneumonia: 0 } as const;
  const row = rowOf(0, 'train', { ...line, stay_id: 7, view: 'AP', labels });
  expect(row).toMatchObject({ stay_id: '7', view: 'AP' });
  expect(row.labels?.[CHEXPERT_LABELS.indexOf('Edema')]).toBe(-1);
  expect(row.labels?.filter((label) => label !== null)).toEqual([-1, 0]);
});

test('a line of any size makes a small row', () => {
  const clinical = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`feature${i}`, i]));
  const ids = { subject_id: 'x'.repeat(200), study_id: 'y'.repeat(200), stay_id: 'z'.repeat(200) };
  expect(JSON.stringify(rowOf(1, 'test', { ...ids, clinical, view: 'v'.repeat(40) })).length).toBeLessThan(
    2000,
  );
});
