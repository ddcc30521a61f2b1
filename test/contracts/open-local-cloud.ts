/** The local cloud for one contract: on any port, in a folder of its own that goes when it is closed. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudConfig } from '../../infra/local/cloud/cloud-config-file.ts';
import { startLocalCloud } from '../../infra/local/cloud/local-cloud.ts';
import type { OpenCloud } from './storage-client.contract.ts';

export async function openLocalCloud(config: Partial<CloudConfig> = {}): Promise<OpenCloud> {
  const dir = await mkdtemp(join(tmpdir(), 'pillbox-contract-'));
  const cloud = await startLocalCloud({ dir, port: 0, log: () => {}, ...config });
  return {
    origin: cloud.origin,
    async close() {
      await cloud.close();
      await rm(dir, { recursive: true });
    },
  };
}
