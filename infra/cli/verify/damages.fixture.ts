/** What can be wrong with a finished data set: how it is done to one, and the words that tell of it. */

import { unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addJoin,
  changeMetadata,
  changeProvenance,
  RECORD_LIST,
  replaceFile,
  tarOf,
} from './dataset.fixture.ts';

const [first] = RECORD_LIST.filter(({ split }) => split === 'val');
const val = RECORD_LIST.filter(({ split }) => split === 'val');
if (first === undefined) throw new Error('there is no val');

/** One stratum, with a quarter of the draws after its train in val. */
export function strataOf(trainUpTo: number, records: number): object {
  const valUpTo = Math.min(4096, trainUpTo + 1024);
  return { bins: 4096, strata: [{ stratum: '', records, trainUpTo, valUpTo }] };
}

/** What metadata.json has of a join, beside its counts of studies. */
const JOIN = { options: {}, badRows: { count: 0, tables: {} } };

export const DAMAGES: [string, (folder: string) => Promise<unknown>, RegExp][] = [
  ['a file that is gone', (dir) => unlink(join(dir, 'val-00000.tar')), /val-00000\.tar: is not there/],
  [
    'a tar too many',
    (dir) => writeFile(join(dir, 'train-00009.tar'), ''),
    /train-00009\.tar: is not of this/,
  ],
  [
    'a changed byte in a picture',
    async (dir) => {
      const bytes = await tarOf(val);
      bytes.writeUInt8(0x41, 512);
      await writeFile(join(dir, 'val-00000.tar'), bytes);
    },
    /val-00000\.tar: its bytes are not those that were written/,
  ],
  [
    'a tar that was cut',
    async (dir) => writeFile(join(dir, 'val-00000.tar'), (await tarOf(val)).subarray(0, 3000)),
    /val-00000\.tar: cannot be read to its end/,
  ],
  [
    'a tar without its end',
    (dir) => replaceFile(dir, 'val-00000.tar', (bytes) => bytes.subarray(0, -1024)),
    /cannot be read to its end/,
  ],
  [
    'a sample without its mask',
    (dir) => replaceFile(dir, 'val-00000.tar', () => tarOf(val, 'mask.png')),
    /val-00000\.tar: sample \d{9} has no mask\.png/,
  ],
  [
    'a sample without its json',
    (dir) => replaceFile(dir, 'val-00000.tar', () => tarOf(val, 'json')),
    /sample \d{9} has no json/,
  ],
  [
    'a record that is gone',
    (dir) => replaceFile(dir, 'val-00000.tar', () => tarOf(val.slice(1))),
    /says 40 records, written and failed are 39/,
  ],
  [
    'a record that is there twice',
    (dir) => replaceFile(dir, 'val-00000.tar', () => tarOf([...val, first])),
    /position \d+ is there twice/,
  ],
  [
    'a position that cannot be',
    (dir) => replaceFile(dir, 'val-00000.tar', () => tarOf([...val.slice(1), { ...first, position: 40 }])),
    /position 40 is out of range/,
  ],
  [
    'a subject in the wrong split',
    async (dir) => {
      const train = RECORD_LIST.find(({ split }) => split === 'train');
      await replaceFile(dir, 'val-00000.tar', () =>
        tarOf([{ ...first, subject: train?.subject ?? '' }, ...val.slice(1)]),
      );
    },
    /position \d+ belongs to train[\s\S]*subjects of val are not those[\s\S]*some subject is in two splits/,
  ],
  [
    'a proof of other subjects',
    (dir) => changeMetadata(dir, ({ proof }) => Object.assign(proof.splits.test, { sha256: '0'.repeat(64) })),
    /the subjects of test are not those of its proof/,
  ],
  [
    'another seed',
    (dir) => changeMetadata(dir, ({ options }) => Object.assign(options, { seed: 'other' })),
    /subjects of train are not those/,
  ],
  [
    'counts that do not add up',
    (dir) => changeMetadata(dir, ({ splits }) => Object.assign(splits, { train: splits.train + 1 })),
    /says \d+ records of train, there are/,
  ],
  [
    'a failure that is no failure',
    (dir) =>
      replaceFile(dir, 'failures.jsonl', (bytes) => Buffer.from(String(bytes).replace('image-missing', 'x'))),
    /failures\.jsonl: line 1 is no failure/,
  ],
  [
    'failures that are no text',
    (dir) => replaceFile(dir, 'failures.jsonl', () => Buffer.from([0xff, 0xfe, 0x0a])),
    /failures\.jsonl: line 1/,
  ],
  [
    'a small sample of fewer records',
    (dir) => replaceFile(dir, 'small-train.tar', () => tarOf(RECORD_LIST.slice(0, 1))),
    /small-train\.tar: has 1 records, metadata\.json says 2/,
  ],
  [
    'strata that were cut elsewhere',
    (dir) => changeMetadata(dir, (metadata) => Object.assign(metadata, { strata: strataOf(4096, 40) })),
    /val-00000\.tar: position \d+ is in a split that no stratum gives it/,
  ],
  [
    'strata of fewer records',
    (dir) => changeMetadata(dir, (metadata) => Object.assign(metadata, { strata: strataOf(2048, 20) })),
    /says 20 records in its strata, but 40 records, \d+ of them failed/,
  ],
  [
    'a join that matched more than was written',
    (dir) =>
      changeMetadata(dir, (metadata) => {
        const unmatched = { 'no-stay': { count: 9, rate: 0.18 } };
        metadata.join = { ...JOIN, studies: 50, matched: { count: 41, rate: 0.82 }, unmatched };
      }),
    /says 41 studies matched, but 40 records/,
  ],
  [
    'a join that lost a study',
    async (dir) => {
      await addJoin(dir);
      await changeMetadata(dir, ({ join: joined }) => Object.assign(joined ?? {}, { studies: 44 }));
    },
    /matched and unmatched are 43 of 44 studies/,
  ],
  [
    'a join whose left out studies are not told',
    async (dir) => {
      await addJoin(dir);
      await changeMetadata(dir, ({ outputs }) => outputs.pop());
    },
    /metadata\.json: names no unmatched\.jsonl/,
  ],
  [
    'fewer studies told than were left out',
    async (dir) => {
      await addJoin(dir);
      await replaceFile(dir, 'unmatched.jsonl', (bytes) => bytes.subarray(0, bytes.indexOf('\n') + 1));
    },
    /unmatched\.jsonl: has 0 studies of no-image, metadata\.json says 2/,
  ],
  [
    'a reason that is none',
    async (dir) => {
      await addJoin(dir);
      await replaceFile(dir, 'unmatched.jsonl', (bytes) =>
        Buffer.from(String(bytes).replace('no-stay', 'x')),
      );
    },
    /unmatched\.jsonl: line 1 is no study that was left out/,
  ],
  [
    'studies left out that are no text',
    async (dir) => {
      await addJoin(dir);
      await replaceFile(dir, 'unmatched.jsonl', () => Buffer.from([0xff, 0x0a]));
    },
    /unmatched\.jsonl: line 1: /,
  ],
  [
    'generations that are gone',
    (dir) => unlink(join(dir, 'provenance.json')),
    /^inputs +2, provenance\.json has the generations of 0$[\s\S]*provenance\.json: is not there/m,
  ],
  [
    'generations that are no JSON',
    (dir) => writeFile(join(dir, 'provenance.json'), '{"format":'),
    /provenance\.json: is not what this version writes: \(whole\)/,
  ],
  [
    'generations without an end',
    (dir) => writeFile(join(dir, 'provenance.json'), Buffer.alloc(1024 * 1024 + 1, ' ')),
    /provenance\.json: has more than 1048576 bytes/,
  ],
  [
    'a generation that is none',
    (dir) => changeProvenance(dir, ({ inputs }) => Object.assign(inputs[1] ?? {}, { generation: 'latest' })),
    /provenance\.json: is not what this version writes: inputs\.1\.generation/,
  ],
  [
    'generations of another job',
    (dir) => changeProvenance(dir, (provenance) => Object.assign(provenance, { job: 'other' })),
    /provenance\.json: is of another job/,
  ],
  [
    'an input without its generation',
    (dir) => changeProvenance(dir, ({ inputs }) => inputs.pop()),
    /provenance\.json: has no generation of input 2 of metadata\.json \(tokenizer\)/,
  ],
  [
    'the generation of another object',
    (dir) =>
      changeProvenance(dir, ({ inputs }) => Object.assign(inputs[0] ?? {}, { object: 'gs://pillbox/x' })),
    /provenance\.json: says of input 1 \(manifest\) that another object was read/,
  ],
  [
    'an input that metadata.json does not count',
    (dir) => changeMetadata(dir, ({ inputs }) => inputs.pop()),
    /provenance\.json: has 2 inputs, metadata\.json 1/,
  ],
];
