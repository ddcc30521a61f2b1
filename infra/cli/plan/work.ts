/** How much work a job is, by figures that were measured: seconds, bytes and storage operations. */

/** See shared/pipeline/join-plan.ts, whose checks are slow to load. */
export const MAX_PARTITIONS = 1024;

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
  /**
   * Of a join of all seven tables as large as MIMIC's (functions/join/README.md): the longest scan, all scans together, how
   * many partitions the tables make (`partitions` of their join-plan.json), and each of those: 0.065 s of processor time one
   * after another in one process, and a guess for the requests.
   */
  join: {
    records: 107_949,
    partitions: 111,
    longestScanSeconds: 13,
    allScansSeconds: 29,
    partitionSeconds: 0.1,
  },
  /** Of synthetic radiographs, with the mask: the figures `pipeline.bytes…` of the command above. */
  bytes: {
    pngPerPixel: 0.369,
    /** Three channels alike, too, are three times the bytes. */
    pngThreeChannels: 2.97,
    jpegPerPixel: 0.124,
    jpegThreeChannels: 1.07,
    maskPerPixel: 0.0275,
    /** Note, segments, values, labels and identifiers, with the headers of their files in the tar. */
    other: 8_950,
    tokens: 2_360,
  },
} as const;

/** As large tables a record as MIMIC's have. */
export function usualPartitions(records: number): number {
  return Math.min(MAX_PARTITIONS, Math.ceil((records * MEASURED.join.partitions) / MEASURED.join.records));
}

/**
 * Storage operations, as infra/cli/plan/predict.test.ts counts them: `npx vitest run infra/cli/plan`. Class A are
 * creates, lists and composes; class B reads and looks.
 */
export const OPERATIONS = {
  classA: { perJob: 17, perShard: 6.4, perTar: 6.6 },
  classB: { perJob: 27, perRecord: 2, perShard: 7, perTar: 10 },
} as const;
