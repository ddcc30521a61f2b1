import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseJob } from '../../../shared/pipeline/job.ts';
import { SampleFolderError } from '../sample-folder.ts';
import { writeSample } from '../write-sample.ts';
import { joinBySql, openTables } from './join-reference.fixture.ts';
import { TABLE_HEADERS } from './subject-rows.ts';
import { writeTables } from './write-tables.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pillbox-tables-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('one record: at least something of everything, each image drawn where the metadata says', async () => {
  const summary = await writeTables({ dir, records: 1, seed: 'one', images: 'each' });
  expect(Object.keys(summary.rows)).toEqual(Object.keys(TABLE_HEADERS));
  expect(Math.min(...Object.values(summary.rows))).toBeGreaterThan(0);
  using db = disposable(await openTables(dir));
  const images = db.value.prepare('SELECT subject_id, study_id, dicom_id FROM metadata').all();
  expect(images).toHaveLength(summary.imageFiles);
  for (const { subject_id, study_id, dicom_id } of images) {
    const folder = `files/p${String(subject_id).slice(0, 2)}/p${subject_id}/s${study_id}`;
    expect(existsSync(join(dir, folder, `${dicom_id}.jpg`))).toBe(true);
  }
  const { counts } = joinBySql(db.value, dir, true);
  expect(counts).toEqual({
    matched: 1,
    'bad-time': 1,
    'no-stay': 1,
    'outside-window': 1,
    'no-image': 1,
    'no-report': 1,
  });
});

test('the same seed gives the same bytes; an interrupted run is completed, a complete one left alone', async () => {
  const options = { records: 40, seed: 'again', images: 4 } as const;
  const first = join(dir, 'a', 'same');
  const second = join(dir, 'b', 'same');
  const summary = await writeTables({ ...options, dir: first });
  const stop = () => {
    throw new Error('stopped');
  };
  await expect(
    writeTables({ ...options, dir: second, onProgress: ({ unit }) => unit === 'subjects' && stop() }),
  ).rejects.toThrow('stopped');
  expect(existsSync(join(second, 'sample.json'))).toBe(false);
  expect(existsSync(join(second, 'ed/edstays.csv.gz'))).toBe(false);
  expect(await writeTables({ ...options, dir: second })).toEqual(summary);
  expect(await digests(second)).toEqual(await digests(first));
  expect(await writeTables({ ...options, dir: second, onProgress: stop })).toEqual(summary);

  const other = await writeTables({ ...options, images: 'none', seed: 'other', dir: join(dir, 'c') });
  expect(other.rows).toEqual(summary.rows);
  expect(await readFile(join(dir, 'c/ed/edstays.csv.gz'))).not.toEqual(
    await readFile(join(first, 'ed/edstays.csv.gz')),
  );
});

test('another request in the folder and foreign files are refused, in both directions', async () => {
  const options = { dir, records: 2, seed: 's', images: 'none' } as const;
  await writeTables(options);
  await expect(writeTables({ ...options, records: 3 })).rejects.toThrow(/2 records in tables/);
  await expect(writeTables({ ...options, images: 4 })).rejects.toThrow(SampleFolderError);
  await expect(writeSample({ dir, patients: 2, seed: 's' })).rejects.toThrow(/another sample/);
  const begun = join(dir, 'begun');
  await expect(
    writeTables({
      ...options,
      dir: begun,
      images: 4,
      onProgress: () => {
        throw new Error('stopped');
      },
    }),
  ).rejects.toThrow('stopped');
  await expect(writeSample({ dir: begun, patients: 2, seed: 's' })).rejects.toThrow(/another sample/);
  const foreign = await mkdtemp(join(dir, 'foreign-'));
  await writeFile(join(foreign, 'thesis.txt'), 'mine');
  await expect(writeTables({ ...options, dir: foreign })).rejects.toThrow(/other files/);
  expect(await readdir(foreign)).toEqual(['thesis.txt']);
});

test.each([
  [{ records: 0 }, /records/],
  [{ records: 1.5 }, /records/],
  [{ records: 1e9 }, /records/],
  [{ images: 3 }, /reuse-images/],
  [{ images: 1e6 }, /reuse-images/],
  [{ dir: `${tmpdir()}/pillbox-bad\nname` }, /out/],
])('%j is refused before anything is written', async (wrong, message) => {
  const options = { dir: join(dir, 'new'), records: 2, seed: 's', images: 'none' as const, ...wrong };
  await expect(writeTables(options)).rejects.toThrow(message);
  expect(existsSync(options.dir)).toBe(false);
});

test.each([
  ['none' as const, 'images/{dicom_id}.jpg', 'report.txt'],
  [4, 'images/{dicom_id}.jpg', 'files/p{subject_prefix}/p{subject_id}/s{study_id}.txt'],
])('job.json with images %s is a job on the uploaded folder', async (images, imageNames, reportNames) => {
  const folder = join(dir, 'My data (2)');
  await writeTables({ dir: folder, records: 1, seed: 's', images });
  const job = parseJob(await readFile(join(folder, 'job.json'), 'utf8'));
  expect(job.id).toBe('my-data-2-');
  expect(job.join?.images).toBe(imageNames);
  expect(job.join?.reports).toBe(reportNames);
  const tables = Object.values(job.join?.tables ?? {}).filter((table) => table !== undefined);
  expect(tables).toHaveLength(7);
  for (const table of tables)
    expect(existsSync(join(folder, table.replace('data/My data (2)/', '')))).toBe(true);
});

function disposable(value: Awaited<ReturnType<typeof openTables>>) {
  return { value, [Symbol.dispose]: () => value.close() };
}

async function digests(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const content = await readFile(join(folder, name)).catch(() => undefined);
    if (content !== undefined) found.set(name, createHash('sha256').update(content).digest('hex'));
  }
  return found;
}
