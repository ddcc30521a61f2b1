/**
 * The proof that no subject is in two splits: for each split how many subjects it has and a digest of them all, and how
 * many any two splits share. Identifiers do not follow from it, but whoever has the data can make it again.
 */

import { createHash, type Hash } from 'node:crypto';
import * as z from 'zod';
import { SPLITS, type Split } from './split.ts';
import { SUBJECT_DIGEST_BYTES, SUBJECT_DIGEST_METHOD, subjectDigest } from './subject-digest.ts';

/** Of these, a pass holds 21 bytes each, and as much again while they are sorted. */
export const RECORDS_PER_PASS = 250_000;

const WORDS = SUBJECT_DIGEST_BYTES / 4;
const FIRST_CAPACITY = 4096;

const count = z.int().min(0);
const splitProofSchemaOfOne = z.strictObject({ subjects: count, sha256: z.string() });

export const splitProofSchema = z.strictObject({
  /** What is made of a subject. */
  digest: z.string(),
  /** `sha256` is over the distinct digests in ascending order, nothing between them; hexadecimal. */
  splits: z.strictObject({
    train: splitProofSchemaOfOne,
    val: splitProofSchemaOfOne,
    test: splitProofSchemaOfOne,
  }),
  /** How many subjects are in both. */
  shared: z.strictObject({ trainVal: count, trainTest: count, valTest: count }),
});

export type SplitProof = z.infer<typeof splitProofSchema>;

/** How often the records have to be gone through so that no pass holds much more than RECORDS_PER_PASS. */
export function passesFor(records: number): number {
  return Math.max(1, Math.ceil(records / RECORDS_PER_PASS));
}

/** True when some subject is in two splits. */
export function sharesSubjects({ shared }: SplitProof): boolean {
  return shared.trainVal + shared.trainTest + shared.valTest > 0;
}

/** Takes all records once per pass: `add` them all, `endPass`, and so on for each pass; then `finish`. */
export class SplitProofBuilder {
  readonly #seed: string;
  readonly #passes: number;
  readonly #sums: readonly { readonly hash: Hash; subjects: number }[];
  readonly #shared = { trainVal: 0, trainTest: 0, valTest: 0 };
  #pass = 0;
  #held = 0;
  /** Big-endian words, four a digest. */
  #words = new Uint32Array(WORDS * FIRST_CAPACITY);
  #splits = new Uint8Array(FIRST_CAPACITY);

  constructor(seed: string, passes = 1) {
    this.#seed = seed;
    this.#passes = passes;
    this.#sums = SPLITS.map(() => ({ hash: createHash('sha256'), subjects: 0 }));
  }

  add(split: Split, subjectId: string | number): void {
    const digest = subjectDigest(this.#seed, subjectId);
    // Ascending ranges of the first word, so that the passes come in the order of the digests.
    if (Math.floor((digest.readUInt32BE(0) / 2 ** 32) * this.#passes) !== this.#pass) return;
    if (this.#held === this.#splits.length) this.#grow();
    for (let word = 0; word < WORDS; word++)
      this.#words[WORDS * this.#held + word] = digest.readUInt32BE(4 * word);
    this.#splits[this.#held] = SPLITS.indexOf(split);
    this.#held += 1;
  }

  endPass(): void {
    const order = Uint32Array.from({ length: this.#held }, (_, i) => i).sort((a, b) => this.#compare(a, b));
    for (let from = 0, to = 0; from < order.length; from = to) {
      const first = order[from] ?? 0;
      let splits = 0;
      for (; to < order.length && this.#compare(first, order[to] ?? 0) === 0; to++)
        splits |= 1 << (this.#splits[order[to] ?? 0] ?? 0);
      this.#addSubject(this.#words.subarray(WORDS * first, WORDS * (first + 1)), splits);
    }
    this.#held = 0;
    this.#pass += 1;
  }

  /** Throws RangeError before the last pass has ended. */
  finish(): SplitProof {
    if (this.#pass !== this.#passes) throw new RangeError(`${this.#pass} of ${this.#passes} passes ended`);
    const [train, val, test] = this.#sums.map(({ hash, subjects }) => ({
      subjects,
      sha256: hash.digest('hex'),
    }));
    if (train === undefined || val === undefined || test === undefined) throw new RangeError('three splits');
    return {
      digest: SUBJECT_DIGEST_METHOD,
      splits: { train, val, test },
      shared: { ...this.#shared },
    };
  }

  /** @param splits bit n stands for the n-th split. */
  #addSubject(words: Uint32Array, splits: number): void {
    const digest = Buffer.alloc(SUBJECT_DIGEST_BYTES);
    for (const [word, value] of words.entries()) digest.writeUInt32BE(value, 4 * word);
    for (const [split, sum] of this.#sums.entries()) {
      if ((splits & (1 << split)) === 0) continue;
      sum.subjects += 1;
      sum.hash.update(digest);
    }
    if ((splits & 0b011) === 0b011) this.#shared.trainVal += 1;
    if ((splits & 0b101) === 0b101) this.#shared.trainTest += 1;
    if ((splits & 0b110) === 0b110) this.#shared.valTest += 1;
  }

  #compare(a: number, b: number): number {
    for (let word = 0; word < WORDS; word++) {
      const difference = (this.#words[WORDS * a + word] ?? 0) - (this.#words[WORDS * b + word] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #grow(): void {
    const words = new Uint32Array(2 * this.#words.length);
    words.set(this.#words);
    this.#words = words;
    const splits = new Uint8Array(2 * this.#splits.length);
    splits.set(this.#splits);
    this.#splits = splits;
  }
}
