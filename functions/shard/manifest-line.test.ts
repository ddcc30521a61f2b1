import { expect, test } from 'vitest';
import { createMemoryStore } from '../../shared/storage/memory-object-store.ts';
import { StorageRefusedError } from '../../shared/storage/storage-errors.ts';
import { LINE_LIMIT_BYTES, type ManifestRecord, readRecord } from './manifest-line.ts';

const good = {
  subject_id: 10000032,
  study_id: '50414267',
  image: 'files/a.jpg',
  report: 'IMPRESSION: normal. ü',
  clinical: { heart_rate: 80, pain: null },
};

async function read(line: unknown, before = ''): Promise<ManifestRecord> {
  const store = createMemoryStore();
  const bytes =
    line instanceof Uint8Array ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line));
  const info = await store.create(
    'data/manifest.jsonl',
    Buffer.concat([Buffer.from(before), bytes, Buffer.from('\nnext')]),
  );
  const manifest = {
    bucket: 'here',
    name: info.name,
    generation: info.generation,
    sizeBytes: info.sizeBytes,
    crc32c: '',
  };
  return readRecord(
    () => store,
    { manifest },
    { offset: Buffer.byteLength(before), length: bytes.byteLength },
  );
}

test('a good line is found at its offset, and its image beside the manifest', async () => {
  expect(await read(good, 'ä first line\n')).toEqual({
    line: good,
    image: { bucket: 'here', name: 'data/files/a.jpg' },
    report: undefined,
  });
});

test('of a line with thousands of faults a few are told, and no name without end', async () => {
  const clinical = Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`x${i}`, '']));
  const failure = await read({ ...good, subject_id: 1.5, study_id: '', report: 7, view: 8, clinical }).catch(
    (error: unknown) => error,
  );
  expect((failure as Error).message.length).toBeLessThan(2_000);
  const long = await read({ ...good, image: 'x'.repeat(200_000) }).catch((error: unknown) => error);
  expect(long).toMatchObject({ code: 'line-invalid', image: undefined });
});

test('a report of its own is found like the image', async () => {
  const { report } = await read({ ...good, report: undefined, report_object: 'gs://notes/s1.txt' });
  expect(report).toEqual({ bucket: 'notes', name: 's1.txt' });
});

test('Windows line ends and a byte order mark do no harm', async () => {
  const { line } = await read(`\ufeff${JSON.stringify(good)}\r`);
  expect(line).toEqual(good);
});

test.each([
  ['text', 'line-not-json', 'Smith, John'],
  ['bytes that are no UTF-8', 'line-not-json', Buffer.from([0x22, 0xff, 0x22])],
  ['a list', 'line-invalid', []],
  ['a missing report', 'line-invalid', { ...good, report: undefined }],
  ['two reports', 'line-invalid', { ...good, report_object: 'files/a.txt' }],
  ['a label that CheXpert has not', 'line-invalid', { ...good, labels: { Smith: 1 } }],
  ['a label of another value', 'line-invalid', { ...good, labels: { Edema: 0.5 } }],
  ['a report outside', 'report-name-invalid', { ...good, report: undefined, report_object: '../s1.txt' }],
  ['a fraction as an id', 'line-invalid', { ...good, subject_id: 1.5 }],
  ['an id beyond exact numbers', 'line-invalid', { ...good, subject_id: 2 ** 53 }],
  ['an empty id', 'line-invalid', { ...good, subject_id: '' }],
  ['an unknown field', 'line-invalid', { ...good, Smith: 'John' }],
  ['text as a clinical value', 'line-invalid', { ...good, clinical: { Smith: 'John' } }],
  ['an endless clinical value', 'line-invalid', JSON.stringify(good).replace('80', '1e999')],
  ['an image outside', 'image-name-invalid', { ...good, image: '../../secret.jpg' }],
  ['a long line', 'line-too-long', { ...good, report: 'x'.repeat(LINE_LIMIT_BYTES) }],
])('%s is the failure %s', async (_, code, line) => {
  const failure = await read(line).then(
    () => undefined,
    (error: Error) => error,
  );
  expect(failure).toMatchObject({ name: 'RecordFailure', code });
  expect(failure?.message).not.toMatch(/Smith|John|secret/);
});

test('a message names the field', async () => {
  await expect(read({ ...good, report: 7 })).rejects.toThrow(/^report: /);
});

test('a manifest that was replaced fails the job, not the record', async () => {
  const store = createMemoryStore();
  await store.create('m', JSON.stringify(good));
  const manifest = { bucket: 'here', name: 'm', generation: '7', sizeBytes: 0, crc32c: '' };
  await expect(readRecord(() => store, { manifest }, { offset: 0, length: 10 })).rejects.toMatchObject({
    code: 'manifest-missing',
  });
});

test('a manifest that may not be read any more fails the shard for good', async () => {
  const store = createMemoryStore();
  const refusing = {
    ...store,
    // biome-ignore lint/correctness/useYield: it fails before the first chunk
    read: async function* (name: string): AsyncGenerator<Uint8Array> {
      throw new StorageRefusedError(name, 403);
    },
  };
  const manifest = { bucket: 'here', name: 'm.jsonl', generation: '1', sizeBytes: 9, crc32c: '' };
  const reading = readRecord(() => refusing, { manifest }, { offset: 0, length: 9 });
  await expect(reading).rejects.toMatchObject({ name: 'TerminalError', code: 'manifest-refused' });
});
