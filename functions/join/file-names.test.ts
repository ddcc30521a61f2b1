import { expect, test } from 'vitest';
import { FileTemplate } from './file-names.ts';

const metadata = { bucket: 'own', name: 'cxr/metadata.csv.gz' };
const ids = { subject_id: '10000032', study_id: '50414267', dicom_id: '02aa804e-bde0' };
const IMAGES = 'files/p{subject_prefix}/p{subject_id}/s{study_id}/{dicom_id}.jpg';

test('names as in MIMIC-CXR are made and read back', () => {
  const template = new FileTemplate(IMAGES, metadata);
  expect(template.urlOf(ids)).toBe('gs://own/cxr/files/p10/p10000032/s50414267/02aa804e-bde0.jpg');
  expect(template.prefix).toBe('cxr/files/p');
  expect(template.namesSubject).toBe(true);
  expect(template.parse('cxr/files/p10/p10000032/s50414267/02aa804e-bde0.jpg')).toEqual(ids);
});

test.each([
  'cxr/files/p11/p10000032/s50414267/a.jpg',
  'cxr/files/p10/p10000032/s050414267/a.jpg',
  'cxr/files/p10/p10000032/s50414267/a.dcm',
  'cxr/files/p10/p10000032/s50414267/a.jpg.bak',
  'cxr/files/p10/p10000032/s50414267/x/a.jpg',
  'files/p10/p10000032/s50414267/a.jpg',
  'cxr/files/p10/p10000032/s50414267/',
])('a name that the template does not make is none: %s', (name) => {
  expect(new FileTemplate(IMAGES, metadata).parse(name)).toBeUndefined();
});

test('characters of patterns stand for themselves, and fields may come twice', () => {
  const template = new FileTemplate(
    'gs://other/a+(b).[c]/{subject_id}/{subject_id}-{study_id}.txt',
    metadata,
  );
  expect(template.bucket).toBe('other');
  expect(template.parse('a+(b).[c]/7/7-8.txt')).toEqual({ subject_id: '7', study_id: '8', dicom_id: '' });
  expect(template.parse('a+(b).[c]/7/6-8.txt')).toBeUndefined();
  expect(template.parse('aab.c/7/7-8.txt')).toBeUndefined();
});

test('a template without the subject is known as such', () => {
  const template = new FileTemplate('images/{dicom_id}.jpg', metadata);
  expect(template.namesSubject).toBe(false);
  expect(template.urlOf(ids)).toBe('gs://own/cxr/images/02aa804e-bde0.jpg');
  expect(new FileTemplate('report.txt', metadata).prefix).toBe('cxr/report.txt');
});

test('a field in the name of the bucket is refused', () => {
  expect(() => new FileTemplate('gs://b{subject_id}/x', metadata)).toThrow(
    expect.objectContaining({ code: 'job-invalid' }),
  );
});
