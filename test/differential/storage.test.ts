/** The storage contracts on fsouza/fake-gcs-server: what it does as ours, and the list of what it does not. */

import { describe, test } from 'vitest';
import { openGoogleStore } from '../../shared/storage/google-object-store.ts';
import { objectStoreContract } from '../contracts/object-store.contract.ts';
import { storageClientContract } from '../contracts/storage-client.contract.ts';
import { knownFailures } from './known-differences.ts';
import { FAKE_GCS, startFakeGcs } from './other-clouds.ts';

if (FAKE_GCS === undefined) {
  describe.skip('fake-gcs-server: PILLBOX_FAKE_GCS names no program', () => test('contracts', () => {}));
} else contractsOn(FAKE_GCS);

function contractsOn(program: string): void {
  objectStoreContract(
    'fake-gcs-server',
    () => openStore(program),
    knownFailures('fake-gcs-server', 'object store'),
  );
  storageClientContract(
    'fake-gcs-server',
    () => startFakeGcs(program),
    knownFailures('fake-gcs-server', 'storage client'),
  );
}

async function openStore(program: string) {
  const { origin, close } = await startFakeGcs(program);
  const made = await fetch(`${origin}/storage/v1/b?project=p`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'contract' }),
  });
  if (!made.ok) throw new Error(`no bucket could be made: ${made.status}`);
  return { store: openGoogleStore({ endpoint: origin })('contract'), close };
}
