/** How much work a job is, by figures that were measured: seconds, bytes and storage operations. */

/** Of a record and of the join as they were measured; of a task beside its records as it is guessed, and said to be. */
export const MEASURED = {
  command: 'npm run bench -- pipeline',
  /** CPU time of one record with an image of 518 x 518 and its mask, from a radiograph of 2544 x 3056: at 107,949 records. */
  recordCpuSeconds: 0.033,
  /** A guess. Of a task beside its records: delivery, opening the job, its marker. */
  shardSeconds: 0.2,
  /** A guess. */
  tarSeconds: 1.5,
  /** A guess. Of planning, per record: the manifest is read once. */
  planRecordSeconds: 0.00002,
  /** A guess. Of plan, start, extras and finish each. */
  singleTaskSeconds: 1,
  /** Of a join of MIMIC's tables: the longest scan, all scans together, and a partition (functions/join/README.md). */
  longestScanSeconds: 13,
  allScansSeconds: 29,
  partitionSeconds: 0.5,
  /** Of the pixels of a radiograph, per pixel and channel. */
  pngBytesPerPixel: 0.42,
  jpegBytesPerPixel: 0.16,
  /** Note, segments, values, labels and identifiers, with the headers of their files in the tar. */
  otherBytesPerRecord: 9_000,
  tokenBytesPerRecord: 1_700,
} as const;

/**
 * Storage operations, as infra/cli/plan/predict.test.ts counts them: `npx vitest run infra/cli/plan`. Class A are
 * creates, lists and composes; class B reads and looks.
 */
export const OPERATIONS = {
  classA: { perJob: 17, perShard: 6.4, perTar: 6.6 },
  classB: { perJob: 27, perRecord: 2, perShard: 7, perTar: 10 },
} as const;
