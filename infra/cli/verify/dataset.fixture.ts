/** A small finished data set in a folder, with a metadata.json that is true of it, for tests to damage. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32c } from '@node-rs/crc32';
import { pack } from 'tar-stream';
import type { JoinSummary } from '../../../shared/pipeline/join-report.ts';
import { type Split, splitOfSubject } from '../../../shared/pipeline/split.ts';
import { SplitProofBuilder } from '../../../shared/pipeline/split-proof.ts';
import { encodeCrc32c } from '../../../shared/storage/crc32c.ts';

export interface FixtureRecord {
  readonly position: number;
  readonly subject: string;
  readonly split: Split;
}

/** What the tests change. */
export interface FixtureMetadata {
  format: string;
  records: number;
  failed: number;
  splits: Record<Split, number>;
  options: { seed: string; splitBy: string };
  inputs: { role: string; name: string }[];
  strata?: object;
  join?: JoinSummary;
  proof: { splits: Record<Split, { subjects: number; sha256: string }>; shared: { trainVal: number } };
  outputs: { name: string; sizeBytes: number; crc32c: string; records?: number }[];
}

const SEED = 'pillbox';
const FRACTIONS = { train: 0.5, val: 0.25, test: 0.25 };
const SUFFIXES = ['png', 'mask.png', 'txt', 'json'];
const FAILED = [7, 20];
const RECORDS = 40;
const PROVENANCE = {
  format: 'pillbox/provenance/1',
  job: 'demo',
  jobGeneration: '1795000000000000',
  inputs: [
    {
      role: 'manifest',
      name: 'data/m.jsonl',
      object: 'gs://pillbox/data/m.jsonl',
      generation: '1795000000000001',
    },
    {
      role: 'tokenizer',
      name: 'gs://other/t.json',
      object: 'gs://other/t.json',
      generation: '1795000000000002',
    },
  ],
};

/** Three records a subject, two of the positions failed. */
export const RECORD_LIST: readonly FixtureRecord[] = Array.from({ length: RECORDS }, (_, position) => {
  const subject = `${10_000 + Math.floor(position / 3)}`;
  return { position, subject, split: splitOfSubject(SEED, FRACTIONS, subject) };
}).filter(({ position }) => !FAILED.includes(position));

/** Two tars of train, one of each other split, a small one, failures and metadata; all as in a bucket. */
export async function writeDataset(folder: string): Promise<void> {
  const own = (split: Split) => RECORD_LIST.filter((record) => record.split === split);
  const train = own('train');
  const tars: Record<string, readonly FixtureRecord[]> = {
    'train-00000.tar': train.slice(0, 5),
    'train-00001.tar': train.slice(5),
    'val-00000.tar': own('val'),
    'test-00000.tar': own('test'),
    'small-train.tar': train.slice(0, 2),
  };
  const outputs: object[] = [];
  const write = async (name: string, bytes: Buffer, records: number) => {
    await writeFile(join(folder, name), bytes);
    outputs.push({ name, sizeBytes: bytes.byteLength, crc32c: encodeCrc32c(crc32c(bytes)), records });
  };
  for (const [name, records] of Object.entries(tars)) await write(name, await tarOf(records), records.length);
  const failures = FAILED.map((position) =>
    JSON.stringify({ position, record: position + 1, offset: 0, code: 'image-missing', message: 'none' }),
  );
  await write('failures.jsonl', Buffer.from(`${failures.join('\n')}\n`), FAILED.length);
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadataOf(outputs)));
  await writeFile(join(folder, 'provenance.json'), JSON.stringify(PROVENANCE));
}

/** Makes the data set one of a join that left three studies out. */
export async function addJoin(folder: string): Promise<void> {
  const reasons = ['no-stay', 'no-image', 'no-image'];
  const lines = reasons.map((reason, i) => JSON.stringify({ subject_id: i, study_id: i, reason }));
  const bytes = Buffer.from(`${lines.join('\n')}\n`);
  await writeFile(join(folder, 'unmatched.jsonl'), bytes);
  const share = (count: number) => ({ count, rate: count / (RECORDS + reasons.length) });
  await changeMetadata(folder, (metadata) => {
    metadata.join = {
      options: {},
      studies: RECORDS + reasons.length,
      matched: share(RECORDS),
      unmatched: { 'bad-time': share(0), 'no-stay': share(1), 'no-image': share(2) },
      badRows: { count: 24, tables: { triage: { fields: 4 }, metadata: { dicom_id: 14, subject_id: 6 } } },
    };
    const crc = encodeCrc32c(crc32c(bytes));
    metadata.outputs.push({ name: 'unmatched.jsonl', sizeBytes: bytes.byteLength, crc32c: crc });
  });
}

/** Changes provenance.json. */
export async function changeProvenance(
  folder: string,
  change: (provenance: typeof PROVENANCE) => unknown,
): Promise<void> {
  const file = join(folder, 'provenance.json');
  const provenance: typeof PROVENANCE = JSON.parse(await readFile(file, 'utf8'));
  change(provenance);
  await writeFile(file, JSON.stringify(provenance));
}

/** Changes metadata.json. */
export async function changeMetadata(
  folder: string,
  change: (metadata: FixtureMetadata) => unknown,
): Promise<void> {
  const file = join(folder, 'metadata.json');
  const metadata: FixtureMetadata = JSON.parse(await readFile(file, 'utf8'));
  change(metadata);
  await writeFile(file, JSON.stringify(metadata));
}

/** Replaces a file, and what metadata.json says of its bytes: as a job would have that made it wrong. */
export async function replaceFile(
  folder: string,
  name: string,
  change: (bytes: Buffer) => Buffer | Promise<Buffer>,
): Promise<void> {
  const bytes = await change(await readFile(join(folder, name)));
  await writeFile(join(folder, name), bytes);
  await changeMetadata(folder, (metadata) => {
    const output = metadata.outputs.find((one) => one.name === name);
    if (output === undefined) throw new Error(`there is no ${name}`);
    output.sizeBytes = bytes.byteLength;
    output.crc32c = encodeCrc32c(crc32c(bytes));
  });
}

/** @param without a suffix that the first sample lacks. */
export function tarOf(records: readonly FixtureRecord[], without?: string): Promise<Buffer> {
  const archive = pack();
  for (const [i, { position, subject }] of records.entries()) {
    const key = String(position).padStart(9, '0');
    for (const suffix of SUFFIXES) {
      if (suffix === without && i === 0) continue;
      const content =
        suffix === 'json' ? JSON.stringify({ subject_id: Number(subject) }) : `${suffix} ${position}`;
      archive.entry({ name: `${key}.${suffix}`, mtime: new Date(0) }, content);
    }
  }
  archive.finalize();
  return buffer(archive);
}

function metadataOf(outputs: readonly object[]): object {
  const splits = { train: 0, val: 0, test: 0 };
  const proof = new SplitProofBuilder(SEED);
  for (const { split, subject } of RECORD_LIST) {
    splits[split] += 1;
    proof.add(split, subject);
  }
  proof.endPass();
  return {
    format: 'pillbox/dataset/2',
    job: 'demo',
    records: RECORDS,
    failed: FAILED.length,
    splits,
    options: { seed: SEED, splitBy: 'subject', splits: FRACTIONS },
    inputs: PROVENANCE.inputs.map(({ role, name }) => ({ role, name, sizeBytes: 10, crc32c: 'AAAAAA==' })),
    sample: { files: [...SUFFIXES.map((suffix) => ({ suffix })), { suffix: 'labels.npy', optional: true }] },
    proof: proof.finish(),
    outputs,
  };
}
