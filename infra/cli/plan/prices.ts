/** What storage and tasks cost on Google Cloud, as data. To be checked before anyone decides by it: prices change. */

export const CLOUD_PRICES = {
  /** When these were the prices, and where. Beyond the free tier, in USD. */
  asOf: '2025',
  region: 'us-central1',
  storageSource: 'https://cloud.google.com/storage/pricing',
  tasksSource: 'https://cloud.google.com/tasks/pricing',
  /** Standard storage in one region. */
  perGibMonth: 0.02,
  /** Creates, lists and composes. */
  perThousandClassA: 0.005,
  /** Reads, and looks at what there is of an object. */
  perThousandClassB: 0.0004,
  /** Calls of the API, and deliveries. */
  perMillionTaskOperations: 0.4,
} as const;
