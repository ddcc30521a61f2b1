/** How much work a job is, by figures that were measured: seconds, bytes and storage operations. */

/**
 * PROVISIONAL: rough values, to be replaced by those of `npm run bench -- pipeline` once it writes
 * pipeline.cpuSecondsPerRecord and pipeline.bytesPerRecord to .pillbox/bench/pipeline.json.
 */
export const MEASURED = {
  command: 'npm run bench -- pipeline',
  isProvisional: true,
  /** CPU time of one record with an image of 518 x 518 and its mask, from a radiograph of 2544 x 3056. */
  recordCpuSeconds: 0.35,
  /** Of a task beside its records: delivery, opening the job, its marker. */
  shardSeconds: 0.4,
  tarSeconds: 1.5,
  /** Of planning, per record: the manifest is read once. */
  planRecordSeconds: 0.00002,
  /** Of plan, start, extras and finish each. */
  singleTaskSeconds: 1,
  /** Of a join of MIMIC's tables: the longest scan, all scans together, and a partition. */
  longestScanSeconds: 20,
  allScansSeconds: 40,
  partitionSeconds: 4,
  /** Of the pixels of a radiograph, per pixel and channel. */
  pngBytesPerPixel: 0.62,
  jpegBytesPerPixel: 0.16,
  /** Note, segments, values, labels and identifiers, with the headers of their files in the tar. */
  otherBytesPerRecord: 14_000,
  tokenBytesPerRecord: 3_000,
} as const;

/**
 * Storage operations, as infra/cli/plan/predict.test.ts counts them: `npx vitest run infra/cli/plan`. Class A are
 * creates, lists and composes; class B reads and looks.
 */
export const OPERATIONS = {
  classA: { perJob: 17, perShard: 6.4, perTar: 6.6 },
  classB: { perJob: 27, perRecord: 2, perShard: 7, perTar: 10 },
} as const;
