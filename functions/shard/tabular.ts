/** The tabular part of a data set as one Parquet file, written row group by row group; only one of them is held. */

import type { ByteWriter, SchemaElement } from 'hyparquet-writer';
import { CHEXPERT_LABELS } from '../../shared/pipeline/chexpert-labels.ts';
import { CLINICAL_FEATURES } from '../../shared/pipeline/clinical-features.ts';
import type { DatasetRow } from '../../shared/pipeline/dataset-row.ts';
import type { WriteBytes } from './extras-output.ts';

/** 36 columns of these are about 3 MiB as they are held. */
const ROW_GROUP_ROWS = 8192;

type Value = string | number | bigint | null;

interface TabularColumn {
  readonly element: SchemaElement;
  value(row: DatasetRow): Value;
}

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
const float = { type: 'FLOAT' } as const;
const int8 = { type: 'INT32', converted_type: 'INT_8' } as const;

function column(
  name: string,
  type: Pick<SchemaElement, 'type' | 'converted_type'>,
  value: TabularColumn['value'],
  repetition_type: 'REQUIRED' | 'OPTIONAL' = 'OPTIONAL',
): TabularColumn {
  return { element: { name, ...type, repetition_type }, value };
}

const COLUMNS: readonly TabularColumn[] = [
  column('position', { type: 'INT64' }, ({ position }) => BigInt(position), 'REQUIRED'),
  column('split', text, ({ split }) => split, 'REQUIRED'),
  column('subject_id', text, ({ subject_id }) => subject_id, 'REQUIRED'),
  column('study_id', text, ({ study_id }) => study_id, 'REQUIRED'),
  column('stay_id', text, ({ stay_id }) => stay_id ?? null),
  column('view', text, ({ view }) => view ?? null),
  ...CLINICAL_FEATURES.map(({ name }, i) => column(name, float, ({ clinical }) => clinical[i] ?? null)),
  ...CHEXPERT_LABELS.map((name, i) => column(`label:${name}`, int8, ({ labels }) => labels?.[i] ?? null)),
];

const SCHEMA: SchemaElement[] = [
  { name: 'root', num_children: COLUMNS.length },
  ...COLUMNS.map(({ element }) => element),
];

export interface TabularFile {
  add(row: DatasetRow): Promise<void>;
  /** Writes what is left, and the footer. */
  finish(): Promise<void>;
}

/** The same rows give the same bytes. */
export async function openTabularFile(
  write: WriteBytes,
  rowGroupRows = ROW_GROUP_ROWS,
): Promise<TabularFile> {
  const parquet = await import('hyparquet-writer');
  const bytes = new parquet.ByteWriter();
  const writer = new parquet.ParquetWriter({ writer: bytes, schema: SCHEMA, createdBy: 'pillbox' });
  const columns: Value[][] = COLUMNS.map(() => []);
  let held = 0;

  async function writeGroup(): Promise<void> {
    const columnData = COLUMNS.map(({ element }, i) => ({ name: element.name, data: columns[i] ?? [] }));
    await writer.write({ columnData, rowGroupSize: rowGroupRows });
    for (const values of columns) values.length = 0;
    held = 0;
    await flush(bytes, write);
  }

  return {
    async add(row) {
      for (const [i, { value }] of COLUMNS.entries()) columns[i]?.push(value(row));
      held += 1;
      if (held === rowGroupRows) await writeGroup();
    },
    async finish() {
      if (held > 0) await writeGroup();
      await writer.finish();
      await flush(bytes, write);
    },
  };
}

/** The writer goes on counting its offset; only the bytes it holds are let go. */
async function flush(bytes: ByteWriter, write: WriteBytes): Promise<void> {
  // A copy: the buffer is filled again while this waits for the network.
  if (bytes.index > 0) await write(bytes.getBytes().slice());
  bytes.index = 0;
}
