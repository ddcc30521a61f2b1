/**
 * Checks the outputs of a job against its metadata.json, each file read once as it streams by. Held are one bit for each
 * position and some 40 bytes for each record, for the proof that no subject is in two splits.
 */

import type { JoinSummary } from '../../../shared/pipeline/join-report.ts';
import { FAILURES_FILE, METADATA_FILE, UNMATCHED_FILE } from '../../../shared/pipeline/object-names.ts';
import { SPLITS, type Split } from '../../../shared/pipeline/split.ts';
import { type SplitProof, SplitProofBuilder, sharesSubjects } from '../../../shared/pipeline/split-proof.ts';
import { checkFailures } from './check-failures.ts';
import { checkFile } from './check-file.ts';
import { checkProvenance } from './check-provenance.ts';
import { SplitCheck } from './check-split.ts';
import { type CheckedSample, checkTar } from './check-tar.ts';
import { checkUnmatched } from './check-unmatched.ts';
import type { DatasetMetadata, ListedOutput } from './dataset-metadata.ts';
import type { OutputSource } from './output-source.ts';
import { PositionSet } from './position-set.ts';
import { Problems } from './problems.ts';

const SPLIT_TAR = /^(train|val|test)-\d{5,}\.tar$/;
const SMALL_TAR = /^small-(?:train|val|test)\.tar$/;

export interface Verified {
  readonly files: number;
  readonly sizeBytes: number;
  readonly counts: Readonly<Record<Split | 'failed', number>>;
  /** How many inputs were read, and of how many of them provenance.json has the generation. */
  readonly inputs: { readonly count: number; readonly pinned: number };
  /** Of jobs that join. */
  readonly join: JoinSummary | undefined;
  /** As the records say, not as metadata.json does. */
  readonly proof: SplitProof;
  readonly problems: Problems;
}

export async function verifyOutputs(source: OutputSource, metadata: DatasetMetadata): Promise<Verified> {
  const check = new OutputCheck(source, metadata);
  const files = await source.list();
  check.lookAtNames(files);
  const pinned = await checkProvenance(source, metadata, { files, problems: check.problems });
  let sizeBytes = 0;
  for (const output of metadata.outputs) {
    if (!files.has(output.name)) continue;
    await check.readOutput(output);
    sizeBytes += output.sizeBytes;
  }
  const proof = check.finish();
  return {
    files: metadata.outputs.length,
    sizeBytes,
    counts: check.counts,
    inputs: { count: metadata.inputs.length, pinned },
    join: metadata.join,
    proof,
    problems: check.problems,
  };
}

class OutputCheck {
  readonly problems = new Problems();
  readonly counts = { train: 0, val: 0, test: 0, failed: 0 };
  readonly #source: OutputSource;
  readonly #metadata: DatasetMetadata;
  readonly #positions: PositionSet;
  readonly #proof: SplitProofBuilder;
  readonly #splits: SplitCheck;

  constructor(source: OutputSource, metadata: DatasetMetadata) {
    this.#source = source;
    this.#metadata = metadata;
    this.#positions = new PositionSet(metadata.records);
    this.#proof = new SplitProofBuilder(metadata.options.seed);
    this.#splits = new SplitCheck(metadata, this.problems);
  }

  /** All that are listed are there, and no tar besides: whoever takes `*.tar` would train on it. */
  lookAtNames(files: ReadonlyMap<string, number>): void {
    const listed = new Set(this.#metadata.outputs.map(({ name }) => name));
    for (const name of listed) if (!files.has(name)) this.problems.add(name, 'is not there');
    if (listed.size < this.#metadata.outputs.length) this.problems.add(METADATA_FILE, 'names a file twice');
    const needed = this.#metadata.join === undefined ? [FAILURES_FILE] : [FAILURES_FILE, UNMATCHED_FILE];
    for (const name of needed) if (!listed.has(name)) this.problems.add(METADATA_FILE, `names no ${name}`);
    for (const name of files.keys())
      if (name.endsWith('.tar') && !listed.has(name)) this.problems.add(name, 'is not of this data set');
  }

  async readOutput(output: ListedOutput): Promise<void> {
    const { problems } = this;
    const { name } = output;
    const promised = this.#metadata.sample.files;
    const split = SPLITS.find((one) => one === SPLIT_TAR.exec(name)?.[1]);
    let records: number | undefined;
    const look = async (bytes: AsyncIterable<Uint8Array>) => {
      if (split !== undefined) {
        const take = (sample: CheckedSample) => this.#takeSample(name, split, sample);
        records = await checkTar(name, bytes, { problems, promised, take });
      } else if (SMALL_TAR.test(name)) {
        records = await checkTar(name, bytes, { problems, promised, take: () => {} });
      } else if (name === FAILURES_FILE) {
        const take = (position: number) => this.#takePosition(name, position);
        records = await checkFailures(name, bytes, { problems, take });
        this.counts.failed = records;
      } else if (name === UNMATCHED_FILE) {
        const unmatched = this.#metadata.join?.unmatched ?? {};
        await checkUnmatched(name, bytes, { problems, unmatched });
      } else {
        for await (const _ of bytes);
      }
    };
    await checkFile(this.#source, output, { problems, look });
    if (records !== undefined && records !== output.records) {
      problems.add(name, `has ${records} records, metadata.json says ${output.records ?? 'nothing'}`);
    }
  }

  finish(): SplitProof {
    this.#proof.endPass();
    const proof = this.#proof.finish();
    this.#compareCounts();
    this.#splits.finish();
    this.#compareProof(proof);
    return proof;
  }

  #takeSample(file: string, split: Split, sample: CheckedSample): void {
    const { position, subjectId } = sample;
    this.counts[split] += 1;
    this.#takePosition(file, position);
    if (subjectId === undefined) return;
    this.#proof.add(split, subjectId);
    this.#splits.take(file, split, sample);
  }

  #takePosition(file: string, position: number): void {
    const wrong = this.#positions.add(position);
    if (wrong !== undefined) this.problems.add(file, `position ${position} is ${wrong}`);
  }

  #compareCounts(): void {
    const { records, failed, splits, join } = this.#metadata;
    const { counts, problems } = this;
    for (const split of SPLITS) {
      if (counts[split] !== splits[split])
        problems.add(METADATA_FILE, `says ${splits[split]} records of ${split}, there are ${counts[split]}`);
    }
    if (counts.failed !== failed)
      problems.add(METADATA_FILE, `says ${failed} failed, there are ${counts.failed}`);
    const sum = counts.train + counts.val + counts.test + counts.failed;
    if (sum !== records)
      problems.add(METADATA_FILE, `says ${records} records, written and failed are ${sum}`);
    if (join === undefined) return;
    const unmatched = Object.values(join.unmatched).reduce((total, { count }) => total + count, 0);
    if (join.matched.count !== records)
      problems.add(METADATA_FILE, `says ${join.matched.count} studies matched, but ${records} records`);
    if (join.matched.count + unmatched !== join.studies)
      problems.add(
        METADATA_FILE,
        `matched and unmatched are ${join.matched.count + unmatched} of ${join.studies} studies`,
      );
  }

  #compareProof(found: SplitProof): void {
    const { proof, options } = this.#metadata;
    for (const split of SPLITS) {
      const [is, says] = [found.splits[split], proof.splits[split]];
      if (is.subjects !== says.subjects || is.sha256 !== says.sha256)
        this.problems.add(METADATA_FILE, `the subjects of ${split} are not those of its proof`);
    }
    if (options.splitBy === 'subject' && sharesSubjects(found)) {
      this.problems.add(METADATA_FILE, 'some subject is in two splits');
    }
    const { trainVal, trainTest, valTest } = found.shared;
    const { shared } = proof;
    if (trainVal !== shared.trainVal || trainTest !== shared.trainTest || valTest !== shared.valTest)
      this.problems.add(METADATA_FILE, 'splits share other numbers of subjects than its proof says');
  }
}
