/** What Cloud Run costs, as data. To be checked before anyone decides by it: prices change. */

export const CLOUD_RUN_PRICES = {
  source: 'https://cloud.google.com/run/pricing',
  /** When these were its prices. */
  asOf: '2025',
  /** Services with request-based billing in a region of tier 1, such as us-central1, beyond the free tier, in USD. */
  perVcpuSecond: 0.000024,
  perGibSecond: 0.0000025,
  perMillionRequests: 0.4,
  /** Billable time is rounded up to this. */
  billedStepSeconds: 0.1,
  /** The least memory of a service (first generation). */
  leastMemoryMiB: 128,
} as const;
