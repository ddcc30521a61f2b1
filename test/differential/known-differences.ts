/** Where the contract suites find other emulators to differ from ours, and which is right by the documentation. */

import type { KnownFailures } from '../contracts/describe-contract.ts';
import { GRPC_TASKS_DIFFERENCES } from './grpc-tasks-differences.ts';
import { STORAGE_DIFFERENCES } from './storage-differences.ts';
import { TASKS_DIFFERENCES } from './tasks-differences.ts';

export interface KnownDifference {
  readonly contract: 'object store' | 'storage client' | 'task queue' | 'tasks client';
  /** Name of the case in the contract. */
  readonly name: string;
  readonly ours: string;
  readonly theirs: string;
  readonly right: 'ours' | 'theirs' | 'either';
  /** Address of the documentation that says so, and the words to look for there. */
  readonly source: string;
  readonly section: string;
  /** What the case says where it fails as it is known to. */
  readonly failure: RegExp;
}

export const KNOWN_DIFFERENCES = {
  'fake-gcs-server': STORAGE_DIFFERENCES,
  'cloud-tasks-emulator': TASKS_DIFFERENCES,
  'gcloud-tasks-emulator': GRPC_TASKS_DIFFERENCES,
} as const satisfies Readonly<Record<string, readonly KnownDifference[]>>;

export function knownFailures(
  server: keyof typeof KNOWN_DIFFERENCES,
  contract: KnownDifference['contract'],
): KnownFailures {
  const ofContract = KNOWN_DIFFERENCES[server].filter((difference) => difference.contract === contract);
  return new Map(ofContract.map(({ name, failure }) => [name, failure]));
}
