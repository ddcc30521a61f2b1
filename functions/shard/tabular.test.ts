import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { CHEXPERT_LABELS } from '../../shared/pipeline/chexpert-labels.ts';
import { CLINICAL_FEATURES } from '../../shared/pipeline/clinical-features.ts';
import type { DatasetRow } from '../../shared/pipeline/dataset-row.ts';
import { openTabularFile } from './tabular.ts';

function row(position: number): DatasetRow {
  return {
    position,
    split: position % 7 === 0 ? 'val' : 'train',
    subject_id: `1000${position % 5}`,
    study_id: `s${position}`,
    ...(position % 2 === 0 && { stay_id: `${position}`, view: 'AP' }),
    clinical: CLINICAL_FEATURES.map((_, i) => ((position + i) % 4 === 0 ? null : position + i / 8)),
    ...(position % 3 === 0 && { labels: CHEXPERT_LABELS.map((_, i) => [1, 0, -1, null][i % 4] ?? null) }),
  };
}

async function write(rows: number, rowGroupRows?: number): Promise<{ bytes: Buffer; writes: number }> {
  const chunks: Uint8Array[] = [];
  const file = await openTabularFile(async (chunk) => void chunks.push(chunk), rowGroupRows);
  for (let position = 0; position < rows; position++) await file.add(row(position));
  await file.finish();
  return { bytes: Buffer.concat(chunks), writes: chunks.length };
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Buffer) =>
  buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;

test.each([
  [1, 10],
  [10, 10],
  [25, 10],
  [300, 64],
])('an independent reader finds %i rows in groups of %i', async (rows, rowGroupRows) => {
  const { bytes } = await write(rows, rowGroupRows);
  const file = bufferOf(bytes);
  const metadata = parquetMetadata(file);
  expect(metadata.row_groups).toHaveLength(Math.ceil(rows / rowGroupRows));
  const found = await parquetReadObjects({ file });
  expect(found).toHaveLength(rows);
  for (const [position, values] of found.entries()) {
    const { clinical, labels, stay_id = null, view = null, ...rest } = row(position);
    expect(values).toEqual({
      ...rest,
      position: BigInt(position),
      stay_id,
      view,
      ...Object.fromEntries(
        CLINICAL_FEATURES.map(({ name }, i) => [name, clinical[i] == null ? null : Math.fround(clinical[i])]),
      ),
      ...Object.fromEntries(CHEXPERT_LABELS.map((name, i) => [`label:${name}`, labels?.[i] ?? null])),
    });
  }
  const types = Object.fromEntries(
    metadata.schema.map(({ name, converted_type, type }) => [name, converted_type ?? type]),
  );
  expect(types).toMatchObject({
    subject_id: 'UTF8',
    age: 'FLOAT',
    'label:Edema': 'INT_8',
    position: 'INT64',
  });
});

test('the same rows give the same bytes, group by group', async () => {
  const [first, second] = [await write(100, 16), await write(100, 16)];
  expect(first.bytes.equals(second.bytes)).toBe(true);
  // Seven groups and the footer.
  expect(first.writes).toBe(8);
});

test('no rows make a file without groups', async () => {
  const { bytes } = await write(0);
  expect(await parquetReadObjects({ file: bufferOf(bytes) })).toEqual([]);
});

test('a write that fails ends the file', async () => {
  const file = await openTabularFile(() => Promise.reject(new Error('gone')), 2);
  await file.add(row(0));
  await expect(file.add(row(1))).rejects.toThrow('gone');
});
